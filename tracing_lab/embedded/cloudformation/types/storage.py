"""Types of DynamoDB, S3 and SSM.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_DynamoDB.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SSM.html
"""

from collections.abc import Iterator
from typing import Any

from .model import Context, Made, Members, Properties, ResourceType, changed, gone, no_tags
from .shaping import tag_map, text
from .tagging import change_tags, tag_list

_TABLE = frozenset(
    {
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "OnDemandThroughput",
        "PointInTimeRecoverySpecification",
        "ProvisionedThroughput",
        "SSESpecification",
        "StreamSpecification",
        "TableClass",
        "TableName",
        "Tags",
        "TimeToLiveSpecification",
        "WarmThroughput",
    }
)

_APART = frozenset(
    {
        "AttributeDefinitions",
        "GlobalSecondaryIndexes",
        "PointInTimeRecoverySpecification",
        "Tags",
        "TimeToLiveSpecification",
    }
)
"""What other calls than the first UpdateTable change."""
_INDEX_THROUGHPUT = frozenset({"OnDemandThroughput", "ProvisionedThroughput", "WarmThroughput"})


async def _create_table(context: Context, properties: Properties) -> Made:
    name = properties.get("TableName") or context.new_name(255)
    wanted = {**properties, "TableName": name, **_stream(properties), **_encryption(properties)}
    table = (await context.apply("dynamodb", "CreateTable", wanted))["TableDescription"]
    made = Made(name, _table_attributes(table))
    context.note_partial(made)
    await _set_times(context, name, {}, properties)
    return made


def _table_attributes(table: Members) -> dict[str, str]:
    stream = table.get("LatestStreamArn")
    return {"Arn": table["TableArn"], **({"StreamArn": stream} if stream else {})}


def _stream(properties: Properties) -> Members:
    """Return the stream of a table, which is on when a template mentions it."""
    stream = properties.get("StreamSpecification")
    return {"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}


def _encryption(properties: Properties) -> Members:
    wanted = properties.get("SSESpecification")
    if wanted is None:
        return {}
    others = {name: value for name, value in wanted.items() if name != "SSEEnabled"}
    return {"SSESpecification": {"Enabled": wanted.get("SSEEnabled", True), **others}}


async def _set_times(context: Context, name: str, old: Properties, new: Properties) -> None:
    """Set what has calls of its own: expiry of items and recovery."""
    different, table = changed(old, new), {"TableName": name}
    if "TimeToLiveSpecification" in different:
        expiry = new.get("TimeToLiveSpecification") or {
            **old["TimeToLiveSpecification"],
            "Enabled": False,
        }
        await context.apply(
            "dynamodb", "UpdateTimeToLive", {"TimeToLiveSpecification": expiry}, **table
        )
    if "PointInTimeRecoverySpecification" in different:
        recovery = new.get("PointInTimeRecoverySpecification") or {
            "PointInTimeRecoveryEnabled": False
        }
        wanted = {"PointInTimeRecoverySpecification": recovery}
        await context.apply("dynamodb", "UpdateContinuousBackups", wanted, **table)


async def _update_table(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    attributes = dict(made.attributes)
    for wanted in _table_updates(old, new):
        updated = await context.apply("dynamodb", "UpdateTable", wanted, TableName=made.ref)
        attributes = _table_attributes(updated["TableDescription"])
    await _set_times(context, made.ref, old, new)
    await change_tags(context, "dynamodb", old, new, ResourceArn=attributes["Arn"])
    return Made(made.ref, attributes)


def _table_updates(old: Properties, new: Properties) -> Iterator[Members]:
    """Yield the members of each UpdateTable; one creates or deletes one index at the most.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """
    different = changed(old, new) - _APART
    if different:
        wanted = {name: new[name] for name in different if name in new}
        wanted |= _stream(new) if "StreamSpecification" in different else {}
        wanted |= _encryption(new) if "SSESpecification" in different else {}
        if "StreamSpecification" in different and "StreamSpecification" not in new:
            wanted["StreamSpecification"] = {"StreamEnabled": False}
        yield wanted
    definitions = {"AttributeDefinitions": new.get("AttributeDefinitions", [])}
    for update in _index_updates(old, new):
        yield {**definitions, "GlobalSecondaryIndexUpdates": [update]}


def _index_updates(old: Properties, new: Properties) -> list[Members]:
    """Return the changes of a table's indexes; an index with another key is replaced.

    Examples
    --------
    >>> a, b, a2 = ({"IndexName": n, "KeySchema": k} for n, k in (("a", 1), ("b", 1), ("a", 2)))
    >>> _index_updates({"GlobalSecondaryIndexes": [a]}, {"GlobalSecondaryIndexes": [a, b]})
    [{'Create': {'IndexName': 'b', 'KeySchema': 1}}]
    >>> [*map(list, _index_updates({"GlobalSecondaryIndexes": [a]}, {"GlobalSecondaryIndexes": [a2]}))]
    [['Delete'], ['Create']]
    """  # noqa: E501 - both tables
    before, after = (
        {item["IndexName"]: item for item in properties.get("GlobalSecondaryIndexes", [])}
        for properties in (old, new)
    )
    different = {name: changed(before.get(name, {}), item) for name, item in after.items()}
    made = {name for name, names in different.items() if names - _INDEX_THROUGHPUT}
    updated = {name: names & after[name].keys() for name, names in different.items() if names}
    return [
        *({"Delete": {"IndexName": name}} for name in before if name in made or name not in after),
        *({"Create": item} for name, item in after.items() if name in made),
        *(
            {"Update": {"IndexName": name, **{key: after[name][key] for key in names}}}
            for name, names in updated.items()
            if name not in made
        ),
    ]


async def _delete_table(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("dynamodb", "DeleteTable", TableName=made.ref))


async def _create_bucket(context: Context, properties: Properties) -> Made:
    name = properties.get("BucketName") or context.new_name(63, lower=True)
    where: Members = {}
    if context.region != "us-east-1":
        where = {"CreateBucketConfiguration": {"LocationConstraint": context.region}}
    await context.call("s3", "CreateBucket", Bucket=name, **where)
    domain = f"{name}.s3.amazonaws.com"
    regional = f"{name}.s3.{context.region}.amazonaws.com"
    site = f"http://{name}.s3-website-{context.region}.amazonaws.com"
    attributes = {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": domain,
        "DualStackDomainName": f"{name}.s3.dualstack.{context.region}.amazonaws.com",
        "RegionalDomainName": regional,
        "WebsiteURL": site,
    }
    made = Made(name, attributes)
    context.note_partial(made)
    await _set_bucket(context, name, {}, properties)
    return made


def _acl(name: str) -> str:
    """Return a canned ACL as calls write it.

    Examples
    --------
    >>> _acl("PublicReadWrite")
    'public-read-write'
    """
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.lstrip("-")


async def _set_bucket(context: Context, name: str, old: Properties, new: Properties) -> None:
    different, bucket = changed(old, new), {"Bucket": name}
    if "AccessControl" in different:
        acl = _acl(new.get("AccessControl", "Private"))
        await context.call("s3", "PutBucketAcl", **bucket, ACL=acl)
    if "NotificationConfiguration" in different:
        wanted = _notifications(new.get("NotificationConfiguration") or {})
        await context.call(
            "s3",
            "PutBucketNotificationConfiguration",
            **bucket,
            NotificationConfiguration=wanted,
        )
    if "VersioningConfiguration" in different:
        versioning = new.get("VersioningConfiguration") or {"Status": "Suspended"}
        wanted = {"VersioningConfiguration": versioning}
        await context.apply("s3", "PutBucketVersioning", wanted, **bucket)
    if "PublicAccessBlockConfiguration" in different:
        block = new.get("PublicAccessBlockConfiguration") or {}
        wanted = {"PublicAccessBlockConfiguration": block}
        await context.apply("s3", "PutPublicAccessBlock", wanted, **bucket)
    if "Tags" in different:
        tags = {"TagSet": tag_list(tag_map(new))}
        await context.call("s3", "PutBucketTagging", **bucket, Tagging=tags)


def _notifications(wanted: Properties) -> Members:
    """Return a bucket's notifications as the call has them: several events each."""
    names = {
        "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
        "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
    }
    made: Members = {
        kind: [
            {arn: item[target], "Events": [item["Event"]], **_key_filter(item)}
            for item in wanted[name]
        ]
        for name, (kind, target, arn) in names.items()
        if name in wanted
    }
    if wanted.get("EventBridgeConfiguration") is not None:
        made["EventBridgeConfiguration"] = {}
    return made


def _key_filter(item: Properties) -> Members:
    if "Filter" not in item:
        return {}
    rules: list[Any] = item["Filter"]["S3Key"]["Rules"]
    return {"Filter": {"Key": {"FilterRules": [dict(rule) for rule in rules]}}}


async def _update_bucket(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    await _set_bucket(context, made.ref, old, new)
    return made


async def _delete_bucket(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("s3", "DeleteBucket", Bucket=made.ref))


async def _put_bucket_policy(context: Context, properties: Properties) -> Made:
    policy = text(properties["PolicyDocument"])
    await context.call("s3", "PutBucketPolicy", Bucket=properties["Bucket"], Policy=policy)
    return Made(str(properties["Bucket"]))


async def _update_bucket_policy(context: Context, _: Made, __: Properties, new: Properties) -> Made:
    return await _put_bucket_policy(context, new)


async def _delete_bucket_policy(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("s3", "DeleteBucketPolicy", Bucket=made.ref))


async def _create_parameter(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.new_name(1011)
    tags = tag_list(tag_map(properties))
    await context.apply("ssm", "PutParameter", {**no_tags(properties), "Name": name}, Tags=tags)
    return Made(name, _parameter_attributes(properties))


def _parameter_attributes(properties: Properties) -> dict[str, str]:
    return {"Type": str(properties["Type"]), "Value": text(properties["Value"])}


async def _update_parameter(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    wanted = {**no_tags(new), "Name": made.ref}
    await context.apply("ssm", "PutParameter", wanted, Overwrite=True)
    tagging = {"to_set": "AddTagsToResource", "to_remove": "RemoveTagsFromResource"}
    where = {"ResourceType": "Parameter", "ResourceId": made.ref}
    await change_tags(context, "ssm", old, new, **tagging, **where)
    return Made(made.ref, _parameter_attributes(new))


async def _delete_parameter(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("ssm", "DeleteParameter", Name=made.ref))


TYPES = (
    ResourceType(
        name="AWS::DynamoDB::Table",
        create=_create_table,
        update=_update_table,
        delete=_delete_table,
        properties=_TABLE,
        required=frozenset({"KeySchema"}),
        replaced_by=frozenset({"KeySchema", "LocalSecondaryIndexes", "TableName"}),
        named_by="TableName",
    ),
    ResourceType(
        name="AWS::S3::Bucket",
        create=_create_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        properties=frozenset(
            {
                "AccessControl",
                "BucketName",
                "NotificationConfiguration",
                "PublicAccessBlockConfiguration",
                "Tags",
                "VersioningConfiguration",
            }
        ),
        replaced_by=frozenset({"BucketName"}),
        named_by="BucketName",
    ),
    ResourceType(
        name="AWS::S3::BucketPolicy",
        create=_put_bucket_policy,
        update=_update_bucket_policy,
        delete=_delete_bucket_policy,
        properties=frozenset({"Bucket", "PolicyDocument"}),
        required=frozenset({"Bucket", "PolicyDocument"}),
        replaced_by=frozenset({"Bucket"}),
    ),
    ResourceType(
        name="AWS::SSM::Parameter",
        create=_create_parameter,
        update=_update_parameter,
        delete=_delete_parameter,
        properties=frozenset(
            {"AllowedPattern", "DataType", "Description", "Name", "Tags", "Tier", "Type", "Value"}
        ),
        required=frozenset({"Type", "Value"}),
        replaced_by=frozenset({"Name"}),
        named_by="Name",
    ),
)
