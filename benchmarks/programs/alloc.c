/* alloc.c - allocation-heavy benchmark, written from scratch. Linked structures of varying size are
   built, walked, partly freed in scattered order, and rebuilt: binary search trees with string payloads,
   a chained hash table that is resized, doubly linked lists, and growing (realloc) vectors.
   -DOWN_MALLOC replaces libc's allocator by a tiny size-class one, so native and wasm run the same code. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef OWN_MALLOC
typedef struct fre { struct fre *next; } fre;
static fre *bins[33]; static char *bump, *bump_end;
static void *xmalloc(size_t n) {
  n = (n + 8 + 15) & ~(size_t)15;
  if (n > 512) { uint64_t *p = malloc(n); *p = n; return p + 1; }
  size_t b = n >> 4; uint64_t *p = (uint64_t *)bins[b];
  if (p) bins[b] = ((fre *)p)->next;
  else { if ((size_t)(bump_end - bump) < n) { bump = malloc(1 << 20); bump_end = bump + (1 << 20); } p = (uint64_t *)bump; bump += n; }
  *p = n; return p + 1;
}
static void xfree(void *q) { if (!q) return; uint64_t *p = (uint64_t *)q - 1, n = *p; if (n > 512) { free(p); return; } ((fre *)p)->next = bins[n >> 4]; bins[n >> 4] = (fre *)p; }
static void *xrealloc(void *q, size_t n) { void *r = xmalloc(n); if (q) { size_t o = (size_t)(((uint64_t *)q)[-1] - 8); memcpy(r, q, o < n ? o : n); xfree(q); } return r; }
#define malloc xmalloc
#define free xfree
#define realloc xrealloc
#endif
static uint32_t seed = 2463534242u;
static uint32_t rnd(void) { seed ^= seed << 13; seed ^= seed >> 17; seed ^= seed << 5; return seed; }
static uint64_t sum = 88172645463325252ull; static uint64_t nalloc, nfree;
static void mix(uint64_t v) { sum = (sum ^ v) * 0x100000001B3ull; sum ^= sum >> 31; }
static void *get(size_t n) { void *p = malloc(n); if (!p) { puts("out of memory"); exit(2); } nalloc++; return p; }
static void put(void *p) { nfree++; free(p); }

typedef struct tree { struct tree *l, *r; uint32_t key; uint32_t len; char *s; } tree;
static tree *t_insert(tree **root, uint32_t key) {
  while (*root) { if ((*root)->key == key) return *root; root = key < (*root)->key ? &(*root)->l : &(*root)->r; }
  tree *t = *root = get(sizeof *t); t->l = t->r = 0; t->key = key; t->len = 1 + key % 61; t->s = get(t->len);
  memset(t->s, (int)('a' + key % 26), t->len); return t;
}
static int t_delete(tree **root, uint32_t key) {
  while (*root && (*root)->key != key) root = key < (*root)->key ? &(*root)->l : &(*root)->r;
  tree *t = *root; if (!t) return 0;
  if (!t->l) *root = t->r; else if (!t->r) *root = t->l;
  else { tree **m = &t->r; while ((*m)->l) m = &(*m)->l; tree *x = *m; *m = x->r; x->l = t->l; x->r = t->r; *root = x; }
  put(t->s); put(t); return 1;
}
static uint64_t t_walk(const tree *t) { return t ? t_walk(t->l) * 31 + t->key + (unsigned char)t->s[t->len - 1] + t_walk(t->r) * 17 : 1; }
static void t_free(tree *t) { if (t) { t_free(t->l); t_free(t->r); put(t->s); put(t); } }
static void trees(int n) {
  tree *root = 0; uint32_t base = rnd(), del = 0;
  for (int i = 0; i < n; i++) t_insert(&root, (base + (uint32_t)i * 2654435761u) >> 8);
  for (int i = 0; i < n; i += 2) del += (uint32_t)t_delete(&root, (base + (uint32_t)i * 2654435761u) >> 8);
  for (int i = 0; i < n / 2; i++) t_insert(&root, rnd() >> 8);
  mix(t_walk(root)); mix(del); t_free(root);
}

typedef struct ent { struct ent *next; uint32_t hash; char name[]; } ent;
static void hash(int n) {
  uint32_t cap = 16, cnt = 0, hit = 0; ent **tab = get(cap * sizeof *tab);
  for (uint32_t i = 0; i < cap; i++) tab[i] = 0;
  for (int k = 0; k < n; k++) {
    char buf[24]; uint32_t v = rnd() % (uint32_t)(n * 2), h = 5381; size_t l = 0;
    do buf[l++] = (char)('a' + v % 7); while (v /= 7); buf[l] = 0;
    for (size_t i = 0; i < l; i++) h = h * 33 ^ (unsigned char)buf[i];
    ent **pp = &tab[h & (cap - 1)];
    while (*pp && ((*pp)->hash != h || strcmp((*pp)->name, buf))) pp = &(*pp)->next;
    if (*pp) { hit++; if (k & 1) { ent *e = *pp; *pp = e->next; put(e); cnt--; } continue; }
    ent *e = get(sizeof *e + l + 1); e->next = 0; e->hash = h; memcpy(e->name, buf, l + 1); *pp = e; cnt++;
    if (cnt > cap) {
      ent **nt = get(cap * 2 * sizeof *nt); for (uint32_t i = 0; i < cap * 2; i++) nt[i] = 0;
      for (uint32_t i = 0; i < cap; i++) for (ent *x = tab[i], *y; x; x = y) { y = x->next; ent **q = &nt[x->hash & (cap * 2 - 1)]; x->next = *q; *q = x; }
      put(tab); tab = nt; cap *= 2;
    }
  }
  mix(cnt); mix(hit);
  for (uint32_t i = 0; i < cap; i++) for (ent *x = tab[i], *y; x; x = y) { y = x->next; mix(x->hash ^ i); put(x); }
  put(tab);
}

typedef struct dl { struct dl *prev, *next; uint32_t n, v[]; } dl;
static void lists(int n) {
  dl head; head.prev = head.next = &head; dl *cur = &head; uint32_t live = 0;
  for (int i = 0; i < n; i++) {
    uint32_t r = rnd();
    if ((r & 7) < 5 || live < 64) {
      uint32_t k = 1 + (r >> 3) % 24; dl *d = get(sizeof *d + k * sizeof(uint32_t)); d->n = k; for (uint32_t j = 0; j < k; j++) d->v[j] = r + j;
      d->prev = cur; d->next = cur->next; cur->next->prev = d; cur->next = d; live++; if (r & 1024) cur = d;
    } else {
      for (uint32_t s = (r >> 4) & 3; s; s--) cur = cur->next;
      if (cur == &head) cur = head.next;
      dl *d = cur; mix(d->v[d->n - 1]); cur = d->next; d->prev->next = d->next; d->next->prev = d->prev; put(d); live--;
    }
  }
  mix(live); for (dl *d = head.next; d != &head;) { dl *x = d->next; mix(d->n); put(d); d = x; }
}

static void vectors(int n) {
  enum { V = 64 }; uint32_t *v[V] = { 0 }, len[V] = { 0 }, cap[V] = { 0 };
  for (int i = 0; i < n; i++) {
    uint32_t r = rnd(), k = r % V;
    if (len[k] == cap[k]) { cap[k] = cap[k] ? cap[k] + cap[k] / 2 + 1 : 4; if (!v[k]) nalloc++; v[k] = realloc(v[k], cap[k] * sizeof(uint32_t)); }
    v[k][len[k]++] = r;
    if ((r >> 20) == 1 || len[k] > 4000) { mix(len[k] + v[k][len[k] / 2]); put(v[k]); v[k] = 0; len[k] = cap[k] = 0; }
  }
  for (int k = 0; k < V; k++) if (v[k]) { mix(len[k]); put(v[k]); }
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 300;
  for (int i = 0; i < n; i++) { trees(6000); hash(12000); lists(30000); vectors(60000); }
  printf("allocs %llu frees %llu sum %016llx\n", (unsigned long long)nalloc, (unsigned long long)nfree, (unsigned long long)sum);
  int bad = nalloc != nfree || (n == 300 && sum != 0x917c5241151d0df9ull);
  puts(bad ? "FAIL" : "PASS"); return bad;
}
