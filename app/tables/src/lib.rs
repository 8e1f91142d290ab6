//! Arrow tables in a browser worker: filters, histograms, selections, export.
