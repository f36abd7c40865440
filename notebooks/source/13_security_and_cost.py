# %% [markdown]
# # Keep traces safe and affordable
#
# **What you'll do.** Take a permission away and find the damage in a trace, find personal data in
# traces and keep it out, and work out what tracing costs.
#
# **What you'll learn.**
#
# - what least privilege looks like, and how its failure shows
# - what traces tell about people, and how to make people unrecognisable
# - what a month costs, and which changes make it cheaper
#
# **What you'll need.** Notebooks 02 and 11, and 25 minutes. On AWS this costs less than a cent.

# %%
import hashlib
import hmac
import json
import os
import secrets
import time

import boto3
import pandas as pd

import tracing_lab as tl

# %%
bar = tl.progress.progress_bar
config = tl.Config(lambda_max_retries=0)  # for this lesson: a retry comes a minute later
outputs = tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))

# %% [markdown]
# ## What may payment do?
#
# A Lambda function has a [role](../docs/glossary.md#role). What the role's policy does not allow is
# denied. Read the policy of `payment`:

# %%
iam, functions = boto3.client("iam"), boto3.client("lambda")
payment = functions.get_function_configuration(FunctionName=outputs.function_names["payment"])
role = payment["Role"].split("/")[-1]
name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
# !aws iam get-role-policy --role-name {role} --policy-name {name} --query PolicyDocument.Statement

# %% [markdown]
# Three statements, and each names what it is for: its own log group, not all of them; its own bus,
# and under its own name only (`events:source`), so that `payment` cannot pretend to be `order`. The
# two X-Ray actions know no resources, hence `*`. Nobody may *read* traces here: services write.
#
# ## Take one permission away
#
# ### Predict: who notices?
#
# Without `PublishToOwnBus`, `payment` still runs but cannot publish `Payment Processed`. An order's
# trace has 14 segments. Which HTTP status will the client get, and how many segments will be left?

# %%
tl.check.predict("13.denied", status=..., segments=...)

# %%
kept = [part for part in policy["Statement"] if part["Sid"] != "PublishToOwnBus"]
reduced = json.dumps({**policy, "Statement": kept})
iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=reduced)
tl.deploy.plan(config)

# %% [markdown]
# The plan has noticed: somebody changed a role by hand. On a real account it takes some seconds
# until a changed policy holds everywhere; wait before you go on, and if the order goes through all
# the same, run the next cell again.

# %%
log = tl.traffic.fire(outputs, orders=1, seed=3)
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
spans = tl.spans.spans_from_traces(traces)
print(tl.spans.exceptions_from_traces(traces)["message"].iloc[0])
tl.check.compare("13.denied", status=int(log["status"][0]), segments=len(traces[0]["Segments"]))

# %% [markdown]
# The client knows nothing of it: its answer did not wait for `payment`. The trace has the exception
# that was printed. Its message has everything for the repair: who (`User`), what (the action), on
# which resource, and that no policy allowed it. So a way to the least privilege is to begin with
# too little and to add what is denied. On AWS, *IAM Access Analyzer* proposes policies from what a
# role did; on the embedded AWS, `tracing-lab embedded actions` lists what each role used and what
# it never used.
#
# `apply` mends what differs from the config. The same order again:

# %%
tl.deploy.apply(config, progress=bar("apply"))
log = tl.traffic.fire(outputs, orders=1, seed=3)
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
whole = tl.spans.spans_from_traces(traces)
len(traces[0]["Segments"])

# %% [markdown]
# ### Your turn: who was missing?
#
# Compare `spans`, from when `payment` could not publish, with `whole`. Which service ran less
# often? (A function ran as often as it has rows with the `origin` `AWS::Lambda::Function`.)

# %%
missing = ...
# solution
runs, runs_whole = (
    frame.loc[frame["origin"] == "AWS::Lambda::Function", "service"].value_counts()
    for frame in (spans, whole)
)
missing = runs_whole.sub(runs, fill_value=0).idxmax()

# %%
tl.check.check("13.missing", missing, denied=spans, whole=whole)

# %% [markdown]
# It has no error anywhere: nobody called it. In an event-driven system a failure is what does *not*
# happen. What shows it is the publisher that failed, a
# [dead-letter queue](../docs/glossary.md#dead-letter-queue) (notebook 14), or an alarm
# (notebook 12).
#
# ## What traces tell about people
#
# Look at the API's own segment:

# %%
documents = [json.loads(segment["Document"]) for segment in traces[0]["Segments"]]
next(d for d in documents if d["origin"] == "AWS::ApiGateway::Stage")["http"]["request"]

# %% [markdown]
# Without any code of yours it has the caller's address, the program, and a URL with the customer in
# it. Our services add `customer_id` as an [annotation](../docs/glossary.md#annotation): an id such
# as `customer-35`, which tells a stranger nothing. A careless service could do this:

# %%
now = time.time()
request = {"recipient": "ada@example.com", "subject": "Hi", "phone": "+44 20 7946 0018"}
careless = {"name": "newsletter", "id": secrets.token_hex(8), "start_time": now - 0.1}
careless |= {"trace_id": f"1-{int(now):08x}-{secrets.token_hex(12)}", "end_time": now}
careless["annotations"] = {"email": "ada@example.com", "plan": "free", "issue": 17}
careless["metadata"] = {"newsletter": request}
xray = boto3.client("xray")
xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(careless)])["UnprocessedTraceSegments"]

# %%
found = tl.xray.fetch_traces(config, careless["trace_id"])
expression = 'annotation.email = "ada@example.com"'
window = {"StartTime": now - 60, "EndTime": now + 60, "FilterExpression": expression}
[summary["Id"] for summary in xray.get_trace_summaries(**window)["TraceSummaries"]]

# %% [markdown]
# Whoever may read traces can now search for Ada (on a real account it may take some seconds until
# the search finds her). The trace cannot be deleted: it stays for 30 days.
#
# ### Your turn: find what should not be there
#
# Which keys in the annotations and the metadata of `careless` hold an address or a number by which
# somebody can be reached?

# %%
personal = ...
# solution
texts = {**careless["annotations"], **careless["metadata"]["newsletter"]}
personal = [key for key, text in texts.items() if "@" in str(text) or str(text).startswith("+")]

# %%
tl.check.check("13.personal", personal, document=careless)

# %% [markdown]
# ## Pseudonyms
#
# To find all traces of one customer you need no address, only something that is always the same for
# the same customer. A plain hash looks like that, and is not safe: who has a list of addresses can
# try them all. With a secret key (HMAC) nobody can, who does not have the key.

# %%
guesses = ["bob@example.com", "ada@example.com", "eve@example.com"]
hashes = {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in guesses}
plain = hashlib.sha256(b"ada@example.com").hexdigest()[:16]
print("guessed:", hashes[plain])
key = secrets.token_bytes(32)  # in a service: from a secret store, the same for all
hmac.new(key, b"ada@example.com", "sha256").hexdigest()[:16]

# %% [markdown]
# More that helps: annotate ids instead of people; record no whole requests as
# [metadata](../docs/glossary.md#metadata); allow `xray:BatchGetTraces` and
# `xray:GetTraceSummaries` only to those who need them; encrypt with a key of your own
# (`PutEncryptionConfig`), whose use can be audited and revoked.
#
# ## What does it cost?
#
# ### Predict: which part is tracing?
#
# The shop has 5 million orders a month. Which percentage of the bill is X-Ray's, with the rule
# `Default`?

# %%
tl.check.predict("13.bill", percent=...)

# %%
bill = tl.cost.estimate(config, requests_per_month=5_000_000)
bill

# %%
tl.check.compare("13.bill", percent=100 * bill.by_service()["X-Ray"] / bill.total_usd)

# %% [markdown]
# The head of the table has the date of the list prices, and the assumptions: it is an estimate, not
# a promise. One trace costs the same with 2 segments or 200. The free amounts hold
# for an account, not for a stack.
#
# The default rule saves nothing in small shops: as long as less than one order comes per second,
# *all* are recorded. The larger the shop, the nearer it gets to 5 %. In dollars a month, for X-Ray
# alone:

# %%
orders = [100_000, 1_000_000, 10_000_000, 100_000_000]
rates = {"every order": 1.0, "rule Default": None, "1 %": 0.01}
estimates = {
    label: [tl.cost.estimate(config, requests_per_month=n, sampling_rate=rate) for n in orders]
    for label, rate in rates.items()
}
table = pd.DataFrame(estimates, index=[f"{n:,} orders" for n in orders])
table.map(lambda estimate: f"{estimate.by_service()['X-Ray']:.2f}")

# %% [markdown]
# ### Your turn: a rate for a budget
#
# 40 million orders a month, and 10 dollars for recording traces (5 dollars a million; 100,000 are
# free each month). The rule has no reservoir. What is the highest rate?

# %%
rate = ...
# solution
traces_paid = 10 / 5 * 1e6
rate = (100_000 + traces_paid) / 40e6

# %%
tl.check.check("13.rate", rate)

# %% [markdown]
# ## Cheaper, and at which price
#
# 50 million orders, nothing free, in dollars a month:

# %%
month = {"requests_per_month": 50_000_000, "free_tier": False}
few_logs, arm = tl.cost.Load(log_bytes=2750), config.replace(lambda_architecture="arm64")
variants = {
    "as it is": tl.cost.estimate(config, **month),
    "1 % traced": tl.cost.estimate(config, sampling_rate=0.01, **month),
    "half the log lines": tl.cost.estimate(config, load=few_logs, **month),
    "arm64": tl.cost.estimate(arm, **month),
}
pd.Series({name: variant.total_usd for name, variant in variants.items()}).round().astype(int)

# %% [markdown]
# Look at what your own bill consists of before you turn the sampling rate down: logs may be dearer
# than traces. And each saving has its price: fewer traces see rare faults later (notebook 11),
# fewer log lines tell less about an order, another processor needs packages that are built for it.
#
# ## Put it right again

# %%
tl.deploy.apply(tl.Config(), progress=bar("apply"))
tl.deploy.plan(tl.Config())

# %% [markdown]
# ## Recap
#
# - A role allows what its service needs, by name; `AccessDenied` in a trace names what is missing.
# - Failures of events show as silence further on.
# - Traces cannot be deleted and many can read them: ids and keyed pseudonyms, no people.
# - X-Ray charges per recorded trace; the sampling rule sets the bill.
