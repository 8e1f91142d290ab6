//! Observations, planes, artifacts, previews, history, names.
