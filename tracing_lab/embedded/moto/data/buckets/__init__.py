"""S3's objects: their content is in files of their own, not in memory."""
