"""The reporting step: static HTML pages rendered from a release and from nothing else."""
