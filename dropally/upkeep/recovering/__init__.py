"""From a repository and its recovery code alone, a bare machine becomes the appliance again."""
