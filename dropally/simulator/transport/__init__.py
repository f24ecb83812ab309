"""HTTP as Dropbox speaks it: plain, over TLS, and behind a CONNECT proxy."""
