// SQLite as emscripten makes a library of it.
import { createHash } from 'node:crypto';
import initSqlJs from 'sql.js';

const SQL = await initSqlJs();
const database = new SQL.Database();
database.run('create table words (id integer primary key, word text, length real)');
database.run('begin');
const insert = database.prepare('insert into words values (?, ?, ?)');
for (let n = 0; n < 200; n += 1) insert.run([n, `word ${(n * 7919) % 201}`, n / 3]);
insert.free();
database.run('commit; create index by_word on words (word)');
const show = (sql, given) => console.log(JSON.stringify(database.exec(sql, given)));
show('select count(*), sum(length), min(word), max(word) from words');
show('select id, word from words where word like $pattern order by word desc limit 5', { $pattern: '%1_' });
show("with recursive n(x) as (values(1) union all select x + 1 from n where x < 20) select group_concat(x * x, ' ') from n");
show("select json_extract('{\"a\":[1,2.5,\"three\"]}', '$.a[2]'), printf('%08.3f|%-5s|', 3.14159, 'ab'), hex(zeroblob(3)), 9007199254740993");
// A function of the script's, called by the module.
database.create_function('backwards', (text) => [...text].reverse().join(''));
show("select backwards(word) from words where id < 3");
try {
  database.exec('select nothing from words');
} catch (error) {
  console.log(error.message);
}
const file = database.export();
console.log(file.length, createHash('sha256').update(file).digest('hex').slice(0, 16));
database.close();
const again = new SQL.Database(file);
console.log(JSON.stringify(again.exec('pragma integrity_check; select count(*) from words')));
again.close();
