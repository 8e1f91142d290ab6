//! ADQL lexer, parser, checks and column filters.
