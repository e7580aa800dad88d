// Fills the pages in /files/pages into /files/template.html and writes them to /out: a site made by
// a program that knows of nothing but files.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    char *text = NULL;
    size_t length = 0, room = 0;
    for (;;) {
        if (room - length < 256) {
            room = room * 2 + 256;
            text = realloc(text, room);
        }
        size_t count = fread(text + length, 1, room - length - 1, file);
        if (!count) break;
        length += count;
    }
    text[length] = 0;
    fclose(file);
    return text;
}

// Writes `template`, with `{{name}}` replaced by what `name` stands for.
static void fill(FILE *out, const char *template, const char *title, const char *text) {
    char date[32];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%d", gmtime(&now));
    for (const char *at = template; *at;) {
        if (!strncmp(at, "{{title}}", 9)) {
            fputs(title, out), at += 9;
        } else if (!strncmp(at, "{{text}}", 8)) {
            fputs(text, out), at += 8;
        } else if (!strncmp(at, "{{date}}", 8)) {
            fputs(date, out), at += 8;
        } else {
            fputc(*at++, out);
        }
    }
}

int main(void) {
    char *template = read_file("/files/template.html");
    struct dirent **pages;
    int count = scandir("/files/pages", &pages, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char *name = pages[i]->d_name, *end = strrchr(name, '.'), path[512];
        if (!end || strcmp(end, ".txt")) continue;
        snprintf(path, sizeof path, "/files/pages/%s", name);
        char *text = read_file(path);
        snprintf(path, sizeof path, "/out/%.*s.html", (int)(end - name), name);
        FILE *out = fopen(path, "w");
        if (!out) {
            perror(path);
            return 1;
        }
        *end = 0;
        fill(out, template, name, text);
        fclose(out);
        printf("%s\n", path);
        free(text);
    }
    return 0;
}
