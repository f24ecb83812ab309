"""HTTP in and out: thin handlers, problems, events, health; the only importer of litestar."""
