//! VO protocols: TAP, VOSI, DataLink, VOTable.
