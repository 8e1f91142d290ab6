//! FITS headers, images, tables, tile compression and checksums.
