"""AWS's protocols: operations of requests, signatures, ARNs, errors and ids."""
