"""Whether a request may pass: permissions, policies, throttles, quotas, validation."""
