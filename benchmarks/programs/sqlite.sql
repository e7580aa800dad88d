pragma temp_store=memory; pragma cache_size=-65536;
create table a(id integer primary key, k int, s text, r real);
begin;
with recursive c(n) as (select 1 union all select n+1 from c where n<200000)
 insert into a select n, n*7919%200003, printf('%06x-%s', n*40503%16777213, substr('loremipsumdolorsitamet', n%12+1, 8)), n*0.37 from c;
create index ak on a(k); create index asx on a(s);
commit;
select count(*), sum(k), round(sum(r),2), min(s), max(s) from a;
select k/5000 g, count(*), sum(id), max(s) from a group by g order by g limit 5;
select count(*), sum(x.id*y.id%1009) from a x join a y on y.k = (x.id*31)%200003 where x.id%2=0;
begin; update a set r = r*1.01, s = s||'!' where k%3=0; delete from a where k%11=0; commit;
select count(*), round(sum(r),3) from a;
select sum(l), sum(i), count(distinct t) from (select length(upper(s)) l, instr(s,'dolor') i, substr(s,3,3) t from a);
select count(*) from a where s like '%sit%' or s glob '*0?f-*';
select id, k, sum(k) over (order by id rows between 50 preceding and current row) w from a order by w desc, id limit 3;
with recursive m(x,y,i,zx,zy) as (
  select (xi.n-80)*0.025, (yi.n-40)*0.03, 0, 0.0, 0.0 from (select id n from a where id<120) xi, (select id n from a where id<80) yi
  union all select x,y,i+1, zx*zx-zy*zy+x, 2*zx*zy+y from m where zx*zx+zy*zy<4 and i<40)
 select count(*), sum(i), round(max(zx),6) from m;
create virtual table f using fts5(body);
insert into f select s||' '||substr(s,8,5)||' w'||(id%97)||' w'||(id%13) from a where id<36000;
select count(*) from f where f match 'w5'; select count(*) from f where f match 'w5 AND w7'; select count(*) from f where f match 'ips* OR dolor*';
create virtual table rt using rtree(id,x0,x1,y0,y1);
insert into rt select id, k%1000, k%1000+5, id%1000, id%1000+7 from a where id<24000;
select count(*), sum(id) from rt where x1>100 and x0<300 and y1>200 and y0<500;
select json_array_length(j), length(j), json_extract(j,'$[77].s') from (select json_group_array(json_object('i',id,'s',s)) j from a where id<20000);
pragma integrity_check;
