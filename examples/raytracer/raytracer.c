// Draws three spheres on a chequered floor, in letters or in colour.
//
//     raytracer [--colour] [--width N] [--image FILE.ppm]
//
// Colour is the default when standard output is a terminal. The picture is the same on every
// machine: all arithmetic is IEEE 754's, and the "random" directions come from a table.

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { double x, y, z; } Vec;

static Vec vec(double x, double y, double z) { return (Vec){x, y, z}; }
static Vec add(Vec a, Vec b) { return vec(a.x + b.x, a.y + b.y, a.z + b.z); }
static Vec sub(Vec a, Vec b) { return vec(a.x - b.x, a.y - b.y, a.z - b.z); }
static Vec mul(Vec a, Vec b) { return vec(a.x * b.x, a.y * b.y, a.z * b.z); }
static Vec scale(Vec a, double s) { return vec(a.x * s, a.y * s, a.z * s); }
static double dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static Vec unit(Vec a) { return scale(a, 1 / sqrt(dot(a, a))); }
static Vec mix(Vec a, Vec b, double t) { return add(scale(a, 1 - t), scale(b, t)); }

typedef struct { Vec from, to; } Ray;

// What a ray met: where, how the surface stands there, and what it looks like.
typedef struct {
    double distance;
    Vec point, normal, colour;
    double mirror;  // how much of the light comes from elsewhere: 0 to 1
    bool glass;
} Hit;

typedef struct {
    Vec centre;
    double radius;
    Vec colour;
    double mirror;
    bool glass;
} Sphere;

static const Sphere spheres[] = {
    {{-1.75, 1.0, 0.9}, 1.0, {0.80, 0.07, 0.04}, 0.16, false},
    {{0.35, 1.3, 2.3}, 1.3, {0.92, 0.92, 0.95}, 0.72, false},
    {{1.15, 0.6, -0.55}, 0.6, {0.96, 0.98, 0.98}, 0.0, true},
    {{-0.35, 0.3, -0.75}, 0.3, {0.90, 0.52, 0.06}, 0.30, false},
    {{2.75, 0.55, 1.2}, 0.55, {0.05, 0.22, 0.80}, 0.25, false},
};
enum { SPHERES = sizeof spheres / sizeof *spheres };

static const Vec light = {-4.5, 6.5, -4.0};
static const double NEAR = 1e-6, FAR = 1e9;

static long rays, bounces, shadows;

static bool meets_sphere(const Sphere *sphere, Ray ray, Hit *hit) {
    Vec away = sub(ray.from, sphere->centre);
    double b = dot(away, ray.to);
    double c = dot(away, away) - sphere->radius * sphere->radius;
    double root = b * b - c;
    if (root < 0) return false;
    root = sqrt(root);
    double distance = -b - root > NEAR ? -b - root : -b + root;
    if (distance <= NEAR || distance >= hit->distance) return false;
    hit->distance = distance;
    hit->point = add(ray.from, scale(ray.to, distance));
    hit->normal = scale(sub(hit->point, sphere->centre), 1 / sphere->radius);
    hit->colour = sphere->colour;
    hit->mirror = sphere->mirror;
    hit->glass = sphere->glass;
    return true;
}

static bool meets_floor(Ray ray, Hit *hit) {
    if (ray.to.y > -NEAR) return false;
    double distance = -ray.from.y / ray.to.y;
    if (distance <= NEAR || distance >= hit->distance || distance > 60) return false;
    hit->distance = distance;
    hit->point = add(ray.from, scale(ray.to, distance));
    hit->normal = vec(0, 1, 0);
    bool dark = ((long)floor(hit->point.x) + (long)floor(hit->point.z)) & 1;
    Vec near = dark ? vec(0.03, 0.03, 0.05) : vec(0.72, 0.68, 0.60);
    // Far away the squares are smaller than what is drawn, so they fade into their mean.
    double haze = distance / 60;
    hit->colour = mix(near, vec(0.10, 0.12, 0.18), haze > 1 ? 1 : haze);
    hit->mirror = dark ? 0.12 : 0.04;
    hit->glass = false;
    return true;
}

static bool meets(Ray ray, Hit *hit) {
    hit->distance = FAR;
    bool any = meets_floor(ray, hit);
    for (int i = 0; i < SPHERES; i++) any |= meets_sphere(&spheres[i], ray, hit);
    return any;
}

static Vec sky(Vec to) {
    double height = to.y > 0 ? sqrt(to.y) : 0;
    Vec blue = mix(vec(0.05, 0.09, 0.18), vec(0.005, 0.01, 0.04), height);
    double sun = dot(to, unit(light));
    return sun > 0.9985 ? vec(1, 0.95, 0.8) : blue;
}

// How much of the light reaches a point: it has an extent, so shadows have soft edges.
static double lit(Vec point, unsigned seed) {
    static const double spread[8][2] = {{0.1, 0.2},  {-0.5, 0.4}, {0.6, -0.3}, {-0.2, -0.7},
                                        {0.8, 0.5},  {-0.9, 0.0}, {0.3, 0.9},  {0.4, -0.9}};
    int reached = 0;
    for (int i = 0; i < 2; i++) {
        const double *by = spread[(seed + 3 * i) & 7];
        Vec to = sub(add(light, vec(by[0], 0, by[1])), point);
        double distance = sqrt(dot(to, to));
        Ray ray = {point, scale(to, 1 / distance)};
        Hit hit = {.distance = distance};
        bool dark = false;
        for (int j = 0; j < SPHERES && !dark; j++)
            dark = !spheres[j].glass && meets_sphere(&spheres[j], ray, &hit);
        shadows++;
        reached += !dark;
    }
    return reached / 2.0;
}

static Vec reflected(Vec to, Vec normal) { return sub(to, scale(normal, 2 * dot(to, normal))); }

static Vec trace(Ray ray, int depth, unsigned seed);

static Vec follow(Vec from, Vec to, int depth, unsigned seed) {
    bounces++;
    Vec start = add(from, scale(to, 1e-4));
    return trace((Ray){start, unit(to)}, depth - 1, seed);
}

// Glass bends light, by how much Snell's law says, and mirrors some of it (Schlick).
static Vec through_glass(Ray ray, Hit hit, int depth, unsigned seed) {
    bool inside = dot(ray.to, hit.normal) > 0;
    Vec normal = inside ? scale(hit.normal, -1) : hit.normal;
    double ratio = inside ? 1.5 : 1 / 1.5;
    double cosine = -dot(ray.to, normal);
    double rest = 1 - ratio * ratio * (1 - cosine * cosine);
    Vec mirrored = reflected(ray.to, normal);
    if (rest < 0) return follow(hit.point, mirrored, depth, seed);
    Vec bent = add(scale(ray.to, ratio), scale(normal, ratio * cosine - sqrt(rest)));
    double grazing = 1 - cosine;
    double share = 0.04 + 0.96 * grazing * grazing * grazing * grazing * grazing;
    Vec passed = mul(follow(hit.point, bent, depth, seed), hit.colour);
    return inside ? passed : mix(passed, follow(hit.point, mirrored, depth, seed), share);
}

static Vec trace(Ray ray, int depth, unsigned seed) {
    Hit hit;
    if (!meets(ray, &hit)) return sky(ray.to);
    if (depth > 0 && hit.glass) return through_glass(ray, hit, depth, seed);
    Vec to_light = unit(sub(light, hit.point));
    double direct = dot(hit.normal, to_light);
    if (direct > 0) direct *= lit(add(hit.point, scale(hit.normal, 1e-4)), seed);
    if (direct < 0) direct = 0;
    double ambient = 0.20 + 0.12 * hit.normal.y;
    Vec colour = scale(hit.colour, ambient + 0.85 * direct);
    Vec mirrored = reflected(ray.to, hit.normal);
    double shine = dot(mirrored, to_light);
    if (shine > 0 && direct > 0 && hit.mirror > 0.1)
        colour = add(colour, scale(vec(1, 1, 1), 0.7 * pow(shine, 60)));
    if (depth > 0 && hit.mirror > 0) {
        Vec seen = follow(hit.point, mirrored, depth, seed);
        colour = mix(colour, mul(seen, mix(hit.colour, vec(1, 1, 1), 0.6)), hit.mirror);
    }
    return colour;
}

// The mean colour of one pixel, from a grid of rays through it.
static Vec pixel(int x, int y, int width, int height) {
    enum { GRID = 3 };
    static const Vec eye = {0.25, 1.75, -5.4}, ahead = {0.0, -0.16, 1.0};
    Vec sum = vec(0, 0, 0);
    for (unsigned i = 0; i < GRID * GRID; i++) {
        double u = (x + (i % GRID + 0.5) / GRID) / width - 0.5;
        double v = 0.5 - (y + (i / GRID + 0.5) / GRID) / height;
        Vec to = add(ahead, vec(u * 1.18, v * 1.18 * height / width, 0));
        rays++;
        sum = add(sum, trace((Ray){eye, unit(to)}, 5, i + 5 * (unsigned)x + 11 * (unsigned)y));
    }
    return scale(sum, 1.0 / (GRID * GRID));
}

static int byte(double light) {
    double bright = light < 0 ? 0 : light > 1 ? 1 : light;
    return (int)(pow(bright, 1 / 2.2) * 255 + 0.5);
}

static void usage(void) {
    fputs("usage: raytracer [--colour] [--width N] [--image FILE.ppm]\n", stderr);
    exit(2);
}

int main(int argc, char **argv) {
    int width = 78;
    bool colour = isatty(STDOUT_FILENO);
    const char *image = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--colour") || !strcmp(argv[i], "--color")) colour = true;
        else if (!strcmp(argv[i], "--width") && i + 1 < argc) width = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--image") && i + 1 < argc) image = argv[++i];
        else usage();
    }
    if (width < 8 || width > 4096) usage();
    // A character is about twice as high as wide: two pixels, one above the other.
    int height = width * 2 / 3 & ~1;
    Vec *pixels = malloc(sizeof *pixels * (size_t)width * (size_t)height);
    if (!pixels) return 1;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) pixels[y * width + x] = pixel(x, y, width, height);

    if (image) {
        FILE *file = fopen(image, "wb");
        if (!file) {
            perror(image);
            return 1;
        }
        fprintf(file, "P6\n%d %d\n255\n", width, height);
        for (int i = 0; i < width * height; i++) {
            Vec p = pixels[i];
            unsigned char rgb[3] = {byte(p.x), byte(p.y), byte(p.z)};
            fwrite(rgb, 1, 3, file);
        }
        if (fclose(file)) return 1;
    } else {
        static const char letters[] = " .,:;-~=+icsoaxOX%8#@";
        for (int y = 0; y < height; y += 2) {
            for (int x = 0; x < width; x++) {
                Vec a = pixels[y * width + x], b = pixels[(y + 1) * width + x];
                if (colour) {
                    printf("\033[38;2;%d;%d;%dm\033[48;2;%d;%d;%dm\u2580", byte(a.x), byte(a.y),
                           byte(a.z), byte(b.x), byte(b.y), byte(b.z));
                    continue;
                }
                Vec mean = mix(a, b, 0.5);
                // The strongest of the three, so that red and blue show as well as white.
                double bright = fmax(mean.x, fmax(mean.y, 0.8 * mean.z)) - 0.1;
                bright = bright < 0 ? 0 : bright > 1 ? 1 : pow(bright, 0.7);
                putchar(letters[(int)(bright * (sizeof letters - 2) + 0.5)]);
            }
            puts(colour ? "\033[0m" : "");
        }
    }
    printf("%d spheres; %ld rays from the eye, %ld mirrored or bent, %ld towards the light\n",
           SPHERES, rays, bounces, shadows);
    return 0;
}
