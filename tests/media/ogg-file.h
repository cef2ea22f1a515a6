/* tests/media/ogg-file.h - small Ogg Opus files, made by hand */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* n_frames packets of size bytes, each beginning with toc and its number. */
GByteArray *ogg_file_new(unsigned n_frames, size_t size, uint8_t toc);
