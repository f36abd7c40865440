"""What is not simulated of DynamoDB and S3."""

from .gaps import GapTreatment, SimulationGap

_REFUSED, _NOTED, _WARNED = GapTreatment.REFUSED, GapTreatment.NOTED, GapTreatment.WARNED
_NO_REPLICAS = "there are no global tables; make a table in each region."
_NO_CAPACITY = "no call is throttled by capacity."
_NOT_ENCRYPTED = "nothing is encrypted."

TABLES: tuple[SimulationGap, ...] = (
    SimulationGap("dax", "(Create|Update|Increase|Decrease).+", "call DynamoDB.", answer=_REFUSED),
    *(
        SimulationGap("dynamodb", "(Create|Update)Table", instead, member, "", answer)
        for member, instead, answer in (
            ("GlobalTableSettingsReplicationMode", _NO_REPLICAS, _REFUSED),
            ("GlobalTableSourceArn", _NO_REPLICAS, _REFUSED),
            ("GlobalTableWitnessUpdates", _NO_REPLICAS, _REFUSED),
            ("MultiRegionConsistency", _NO_REPLICAS, _REFUSED),
            ("ReplicaUpdates", _NO_REPLICAS, _REFUSED),
            ("VectorIndexes", "there are no vector indexes.", _REFUSED),
            ("VectorIndexUpdates", "there are no vector indexes.", _REFUSED),
            ("DisassociationProtectionEnabled", "there are no vector indexes.", _REFUSED),
            ("ResourcePolicy", "put it with PutResourcePolicy.", _REFUSED),
            ("OnDemandThroughput", _NO_CAPACITY, _NOTED),
            ("ProvisionedThroughput", _NO_CAPACITY, _NOTED),
            ("WarmThroughput", _NO_CAPACITY, _NOTED),
            ("BillingMode", _NO_CAPACITY, _NOTED),
            ("SSESpecification", _NOT_ENCRYPTED, _NOTED),
            ("TableClass", "it costs nothing.", _NOTED),
        )
    ),
    SimulationGap(
        "dynamodb", "PutResourcePolicy", "the policies of roles are evaluated.", answer=_WARNED
    ),
    SimulationGap(
        "dynamodb",
        "UpdateTimeToLive",
        "expired items stay, as they may for days on AWS; filter them out.",
        "TimeToLiveSpecification.Enabled",
        "True",
    ),
    SimulationGap(
        "dynamodb", "UpdateContinuousBackups", "items are kept as they are now.", answer=_NOTED
    ),
    SimulationGap(
        "dynamodb",
        "RestoreTableToPointInTime",
        "the new table has the items of now.",
        "RestoreDateTime",
    ),
    *(
        SimulationGap(
            "dynamodb",
            "RestoreTable(FromBackup|ToPointInTime)",
            "change the new table with UpdateTable.",
            member,
        )
        for member in (
            "BillingModeOverride",
            "GlobalSecondaryIndexOverride",
            "LocalSecondaryIndexOverride",
            "OnDemandThroughputOverride",
            "ProvisionedThroughputOverride",
            "VectorIndexOverride",
        )
    ),
    SimulationGap(
        "dynamodb",
        "RestoreTable(FromBackup|ToPointInTime)",
        _NOT_ENCRYPTED,
        "SSESpecificationOverride",
        "",
        _NOTED,
    ),
    SimulationGap(
        "dynamodb",
        "RestoreTableToPointInTime",
        "name the table.",
        "SourceTableArn",
        "",
        _REFUSED,
    ),
    SimulationGap(
        "dynamodb",
        "(Put|Update|Delete)Item|Query|Scan",
        "write a condition expression.",
        "ConditionalOperator",
        "OR",
        _REFUSED,
    ),
    SimulationGap(
        "dynamodb",
        "GetItem|Query|Scan",
        "give a projection expression.",
        "AttributesToGet",
        "",
        _REFUSED,
    ),
    *(
        SimulationGap("dynamodb", operation, instead, member, "", answer)
        for operation, member, instead, answer in (
            (
                "((Put|Update|Delete|BatchWrite)Item|TransactWriteItems)",
                "ReturnItemCollectionMetrics",
                "there is no limit for item collections.",
                _NOTED,
            ),
            ("(ExecuteStatement|Query|Scan)", "ConsistentRead", "every read is.", _NOTED),
            ("ExecuteStatement", "Limit", "all items are returned.", _WARNED),
            ("ExecuteStatement", "NextToken", "all items are returned.", _REFUSED),
            (
                "ExecuteStatement",
                "ReturnValuesOnConditionCheckFailure",
                "read the item.",
                _WARNED,
            ),
            ("ExecuteTransaction", "ClientRequestToken", "use TransactWriteItems.", _NOTED),
            (
                "(Batch|)Execute(Statement|Transaction)",
                "ReturnConsumedCapacity",
                "PartiQL consumes none.",
                _NOTED,
            ),
        )
    ),
    *(
        SimulationGap("dynamodb", "ExportTableToPointInTime", instead, member, values, answer)
        for member, values, instead, answer in (
            ("ExportTime", "", "the items of now are exported.", _WARNED),
            ("ExportType", "INCREMENTAL_EXPORT", "export the whole table.", _REFUSED),
            ("IncrementalExportSpecification", "", "export the whole table.", _REFUSED),
            ("FilterSpecification", "", "export the whole table.", _REFUSED),
            ("ExportFormat", "ION", "export DYNAMODB_JSON.", _REFUSED),
            ("ClientToken", "", "each call is an export.", _NOTED),
            ("S3BucketOwner", "", "there is one account.", _NOTED),
            ("S3SseAlgorithm", "", _NOT_ENCRYPTED, _NOTED),
            ("S3SseKmsKeyId", "", _NOT_ENCRYPTED, _NOTED),
        )
    ),
    *(
        SimulationGap("dynamodb", "ImportTable", instead, member, values, answer)
        for member, values, instead, answer in (
            ("InputFormat", "CSV|ION", "give DYNAMODB_JSON.", _REFUSED),
            ("InputFormatOptions", "", "give DYNAMODB_JSON.", _REFUSED),
            ("InputCompressionType", "ZSTD", "compress with GZIP.", _REFUSED),
            ("ClientToken", "", "a table is imported once.", _NOTED),
        )
    ),
)

BUCKETS: tuple[SimulationGap, ...] = (
    *(
        SimulationGap("s3", operation, instead, answer=_REFUSED)
        for operation, instead in (
            ("CreateBucketMetadata.+|UpdateBucketMetadata.+", "list the objects."),
            ("CreateSession", "there are no directory buckets."),
            ("PutBucketAbac", "roles have policies."),
            ("PutBucketAnalyticsConfiguration", "there is one storage."),
            ("PutBucketIntelligentTieringConfiguration", "there is one storage."),
            ("PutBucketMetricsConfiguration", "requests are not counted."),
            ("PutObjectAnnotation", "give the object metadata or tags."),
            ("RenameObject", "copy the object and delete it."),
            ("UpdateObjectEncryption", _NOT_ENCRYPTED),
            ("WriteGetObjectResponse", "there is no Object Lambda; call the function."),
        )
    ),
    *(
        SimulationGap("s3", operation, instead)
        for operation, instead in (
            ("PutBucketAccelerateConfiguration", "there is one endpoint."),
            ("PutBucketCors", "browsers of other origins get no access."),
            ("PutBucketLogging", "the lines of a log name no object and no caller."),
            ("PutBucketInventoryConfiguration", "no inventory is written; list the objects."),
            ("PutBucketLifecycle(Configuration)?", "no object expires or moves by itself."),
            ("PutBucketReplication", "objects are not copied by themselves."),
            ("PutBucketWebsite", "no website is served; get the objects."),
        )
    ),
    *(
        SimulationGap("s3", operation, instead, answer=_NOTED)
        for operation, instead in (
            ("PutBucketAcl|PutObjectAcl", "policies are evaluated, and there is one account."),
            ("PutBucketEncryption", _NOT_ENCRYPTED),
            ("PutBucketTagging", "tags are kept."),
            ("RestoreObject", "archived objects are restored at once."),
            ("PutBucketOwnershipControls", "there is one account."),
            ("PutBucketRequestPayment", "nothing is paid."),
            ("PutPublicAccessBlock", "nothing is public."),
        )
    ),
    SimulationGap(
        "s3control",
        "CreateAccessPointForObjectLambda|CreateMultiRegionAccessPoint|CreateJob",
        "call the function, or copy the objects.",
        answer=_REFUSED,
    ),
)
