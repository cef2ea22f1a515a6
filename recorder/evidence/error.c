#include "recorder/evidence/error.h"

G_DEFINE_QUARK(rec - evidence - error - quark, rec_evidence_error)
