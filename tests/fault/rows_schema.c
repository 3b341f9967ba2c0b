#include "fault/matrix.h"
const struct row ROWS_SCHEMA[] = {{0}};
