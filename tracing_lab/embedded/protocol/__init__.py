"""AWS's protocols: the operation that a request calls, signatures, ARNs, trace headers, ids."""
