"""Return the README of an exported stack."""

from textwrap import dedent

_COMMANDS = {
    "cloudformation": """
        BUCKET=a-bucket-of-yours  # in {region}
        aws s3 cp code "s3://$BUCKET/code/" --recursive
        aws cloudformation deploy --region {region} --stack-name {stack} \\
            --template-file template.json --capabilities CAPABILITY_NAMED_IAM \\
            --parameter-overrides "CodeBucket=$BUCKET"
        aws cloudformation describe-stacks --stack-name {stack} --query 'Stacks[0].Outputs'
    """,
    "sam": """
        sam deploy --template-file template.json --stack-name {stack} --region {region} \\
            --capabilities CAPABILITY_NAMED_IAM --resolve-s3
    """,
    "terraform": """
        terraform init
        terraform plan
        terraform apply
    """,
}


_OWN_LAYER = """
- The layer in `code/` was built for the machine that exported this: its processor, operating system
  and Python version. For a real account, export with `--target aws`: the functions get the layer
  that AWS publishes, or name one with `--otel-layer-arn`."""


def readme(stack: str, region: str, format_: str, *, own_layer: bool = False) -> str:
    """Return the README of an exported stack.

    Parameters
    ----------
    stack
        The stack's name.
    region
        The region to deploy to.
    format_
        ``cloudformation``, ``sam`` or ``terraform``.
    own_layer
        Whether the stack publishes the layer of its functions.

    Examples
    --------
    >>> print(readme("shop-dev", "us-east-1", "sam").splitlines()[0])
    # shop-dev
    """
    layer = _OWN_LAYER if own_layer else ""
    commands = dedent(_COMMANDS[format_]).strip().format(stack=stack, region=region)
    return f"""# {stack}

Exported by `tracing-lab export --format {format_}`. The functions' zips are in `code/`; their
names hold a hash of their content.

```bash
{commands}
```

- The names are those of `tracing-lab apply`. Run `tracing-lab destroy` first if the stack exists in
  this account and region, or the names are taken.
- The resources keep the tag `tracing-lab:stack`, so `tracing-lab output`, `fire`, `fetch` and
  `report` work on them. `tracing-lab destroy` would, too: delete with the tool that deployed.
- The account has one role for the access logs of all its REST APIs. If it is set already, export
  with `--keep-log-role`, or the stack replaces it.
- After new code or settings, export again into the same folder and deploy again.{layer}
"""
