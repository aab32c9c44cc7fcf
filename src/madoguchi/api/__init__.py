"""The same edges for machines: the provider API, and whether the platform is well."""
