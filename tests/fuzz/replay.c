/* Runs a fuzz target over every file of its corpus, so that the ordinary tests replay what fuzzing has found. TAP. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
    g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
    const char *name;
    int n = 0;

    if (dir == NULL) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(argv[1], name, NULL);
        g_autofree char *data = NULL;
        size_t size = 0;

        if (!g_file_get_contents(path, &data, &size, NULL))
            continue;
        /* an exact copy, so that reading one byte past it is seen by the sanitizer */
        g_autofree uint8_t *copy = g_memdup2(data, size);
        LLVMFuzzerTestOneInput(copy != NULL ? copy : (const uint8_t *)"", size);
        printf("ok %d %s\n", ++n, name);
    }
    printf("1..%d\n", n);
    return n == 0;
}
