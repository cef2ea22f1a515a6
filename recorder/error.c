#include "recorder/error.h"

G_DEFINE_QUARK(rec - error - quark, rec_error)
