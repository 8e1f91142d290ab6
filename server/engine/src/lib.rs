//! Catalogues: HATS on disk, ADQL to plan, execution.
