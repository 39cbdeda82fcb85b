#include <archive.h>
#include <archive_entry.h>
// Comes with libarchive, which does not look at the checksum and the length that a gzip file ends with; zlib does.
#include <zlib.h>
