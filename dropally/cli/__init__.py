"""The command line: parse, build what is needed, call one function, print."""
