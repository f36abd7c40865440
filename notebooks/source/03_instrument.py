# %% [markdown]
# # Instrument a service yourself
#
# **What you'll do.** Read how the payment service is traced, add a step of your own to it, and
# then, from scratch, trace a function that has never heard of X-Ray.
#
# **What you'll learn.**
#
# - what code must do, and what Lambda does without it
# - subsegments, annotations, metadata and recorded exceptions, in code and in the trace
# - how to get changed code into a running function in a second
# - how to make, trace and delete a function with plain boto3
#
# **What you'll need.** Notebook 02, and 30 minutes. On AWS this costs less than a cent: it
# creates a role, a function and a parameter, and deletes all three at the end.

# %%
import json
import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

# %%
import aws_xray_sdk
import boto3
import matplotlib.pyplot as plt
import wrapt

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))
os.environ.update(tl.aws.environment(config))

# %%
iam, name = boto3.client("iam"), f"{config.stack_name}-shipping"
service = {"Effect": "Allow", "Action": "sts:AssumeRole"}
service |= {"Principal": {"Service": "lambda.amazonaws.com"}}
trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
managed = ("AWSXRayDaemonWriteAccess", "AmazonSSMReadOnlyAccess")
managed = (*managed, "service-role/AWSLambdaBasicExecutionRole")
with suppress(iam.exceptions.EntityAlreadyExistsException):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
for policy in managed:
    iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")

# %% [markdown]
# The last line of the second cell lets plain boto3 and the `aws` command reach the AWS that the
# stack is in. The third cell makes a [role](../docs/glossary.md#role): a function of the second
# half will run with it. Its first policy lets a function send traces. It comes first because AWS
# needs some seconds until a new role works everywhere.
#
# ## Read an instrumented handler
#
# This is what runs as `payment`, complete:

# %%
folder = Path(tempfile.mkdtemp()) / "my_services"
shutil.copytree(tl.package.default_source_dir(), folder)
handler = folder / "payment_service.py"
original = handler.read_text(encoding="utf-8")
print(original)

# %% [markdown]
# To [instrument](../docs/glossary.md#instrument) is to add what makes code report its work. Here
# that takes four calls of the X-Ray SDK, and a helper of the shop:
#
# - `patch(["botocore"])` reports every call that boto3 makes, and passes the
#   [tracing header](../docs/glossary.md#tracing-header) on with it.
# - `in_subsegment("charge_payment")` opens a [subsegment](../docs/glossary.md#subsegment) and
#   closes it when the block ends. What is opened inside hangs below it. An exception that leaves
#   the block is recorded.
# - `put_annotation` adds an [annotation](../docs/glossary.md#annotation): a text, a number or a
#   boolean, by which traces are found.
# - `put_metadata` adds [metadata](../docs/glossary.md#metadata): any JSON, to be read only.
# - `annotated_errors` is the shop's own: it annotates the name of an exception on its way out.
#
# Nothing opens a *segment*. On Lambda, Lambda writes the function's segment; all that code sees of
# it is a stand-in, the [facade segment](../docs/glossary.md#facade-segment), which cannot be
# annotated. Hence the outer subsegment around everything.
#
# ## Add a step of your own
#
# The shop wants to know about large payments. Your step compares the amount with a limit, notes the
# result, and raises an exception if it is too high. `suppress` stands *outside* the subsegment, so
# that the SDK sees the exception, and the customer does not. The last line of
# `step` is in the handler already: the others go before it.

# %%
step = """\
        with suppress(ValueError), xray_recorder.in_subsegment("check_limit") as check:
            check.put_annotation("over_limit", order["amount"] > 200)
            check.put_metadata("rule", {"limit": 200, "currency": "EUR"}, SERVICE)
            if order["amount"] > 200:
                raise ValueError(f"{order['amount']} is over the limit of 200")
        payment = payment_for(order)
"""
changed = original.replace("import Any\n", "import Any\nfrom contextlib import suppress\n", 1)
changed = changed.replace(step.splitlines(keepends=True)[-1], step)

# %% [markdown]
# `push` builds a zip from your folder and updates the code of the function, nothing else. The new
# code starts with a [cold start](../docs/glossary.md#cold-start). Then send orders, and fetch their
# traces:

# %%
handler.write_text(changed, encoding="utf-8")
print(*tl.push.push(config, ["payment"], source_dir=folder))
log = tl.traffic.fire(outputs, orders=8, rate=8, seed=3)
traces = tl.xray.fetch_traces(config, log, progress=bar("traces"))
spans = tl.spans.spans_from_traces(traces)
checks = spans[spans["name"] == "check_limit"]
view = tl.tables.in_milliseconds(checks).droplevel("trace_id")
view[["duration_ms", "status", "annotations"]]

# %% [markdown]
# One row per order: your step, measured, annotated and, where it raised, marked as a
# [fault](../docs/glossary.md#client-error-error-fault-throttle).

# %% [markdown]
# ### Your turn: how many were too high?
#
# For how many of these orders does the annotation `over_limit` say so? Compute it from `spans`.

# %%
over = ...
# solution
over = int(spans["annotations"].map(lambda notes: notes.get("over_limit") is True).sum())

# %%
tl.check.check("03.over", over, spans=spans)

# %% [markdown]
# X-Ray finds the same traces by the annotation, since it is indexed. Here is the call itself,
# without this package, for one page of results:

# %%
xray = boto3.client("xray")
window = {"StartTime": log["sent"].min().timestamp() - 1, "EndTime": time.time()}
wanted = "annotation.over_limit = true"
found = xray.get_trace_summaries(**window, FilterExpression=wanted)["TraceSummaries"]
[summary["Id"] for summary in found]

# %% [markdown]
# ### What an exception looks like
#
# One of those traces, and the exceptions in it:

# %%
trace_id = checks.index[checks["fault"]][-1][0]
tl.plot.plot_waterfall(spans, trace_id)
plt.show()
exceptions = tl.spans.exceptions_from_traces(traces).loc[[trace_id]]
exceptions[["name", "type", "message"]].reset_index(drop=True)

# %% [markdown]
# ### Your turn: who is marked?
#
# How many spans of the trace `trace_id` have the flag `fault`?

# %%
flagged = ...
# solution
flagged = int(spans.loc[trace_id]["fault"].sum())

# %%
tl.check.check("03.flags", flagged, spans=spans, trace_id=trace_id)

# %% [markdown]
# A flag belongs to the block that an exception leaves. This one went no further than `suppress`, so
# nothing around it is marked, and the order went through. Had it left the handler, Lambda would
# have marked the function, and tried the event again a minute later.
#
# ## Trace a function that nobody prepared
#
# Now without help. This function quotes the price of a parcel. It asks AWS's parameter store
# (SSM) for the price of a kilogram, and packs.
#
# Lambda takes the code as a zip, together with what its Python lacks: the X-Ray SDK and `wrapt`,
# which the SDK needs. Elsewhere you would use `pip install aws-xray-sdk --target build`; here both
# are installed already, so copying will do.

# %%
bare = """\
import os, time
import boto3
ssm = boto3.client("ssm")

def handler(event, context):
    price = ssm.get_parameter(Name=os.environ["PRICE"])["Parameter"]["Value"]
    time.sleep(0.06)  # pack
    return {"eur": float(price) * event["kg"]}
"""

# %%
ssm = boto3.client("ssm")
parameter = f"/{config.stack_name}/eur-per-kg"
ssm.put_parameter(Name=parameter, Value="2.5", Type="String", Overwrite=True)
build, skip = Path(tempfile.mkdtemp()) / "build", shutil.ignore_patterns("*.so", "*.pyd", "__py*")
for package in (aws_xray_sdk, wrapt):
    shutil.copytree(Path(package.__file__).parent, build / package.__name__, ignore=skip)


def zip_of(code):
    (build / "shipping.py").write_text(code, encoding="utf-8")
    return Path(shutil.make_archive(str(build), "zip", build)).read_bytes()


# %%
lambda_ = boto3.client("lambda")
with suppress(lambda_.exceptions.ResourceNotFoundException):
    lambda_.delete_function(FunctionName=name)
role = iam.get_role(RoleName=name)["Role"]["Arn"]
how = {"Runtime": config.lambda_runtime, "Handler": "shipping.handler", "Timeout": 20}
how |= {"TracingConfig": {"Mode": "Active"}, "Role": role, "Code": {"ZipFile": zip_of(bare)}}
how |= {"Environment": {"Variables": {"PRICE": parameter}}}
tl.aws.call_patiently(lambda_.create_function, FunctionName=name, **how)
lambda_.get_waiter("function_active_v2").wait(FunctionName=name)

# %% [markdown]
# So far `"Mode": "Active"` is all the tracing there is: a setting, and not a line of code.
# `call_patiently` makes the call `create_function`, and makes it again for as long as AWS answers
# that the new role "cannot be assumed", as it does in a role's first seconds.
#
# To be sure of finding the trace of one call, choose its trace id yourself, as `traffic.fire` does:
# a request with a tracing header keeps the id and the sampling decision in it. boto3 lets you add a
# header just before a call.
#
# ### Predict: how much does X-Ray see without any code?
#
# The next cell has what it takes to try it. How many [segments](../docs/glossary.md#segment) will
# the trace of a call have? Put a number in place of the dots; any guess is worth more than none.

# %%
event = "before-call.lambda.Invoke"


def traced(code):
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    header = {"X-Amzn-Trace-Id": f"Root={root};Sampled=1"}
    caller = boto3.client("lambda")
    caller.meta.events.register(event, lambda params, **_: params["headers"].update(header))
    caller.update_function_code(FunctionName=name, ZipFile=zip_of(code))
    caller.get_waiter("function_updated_v2").wait(FunctionName=name)
    caller.invoke(FunctionName=name, Payload='{"kg": 3}')
    return tl.spans.spans_from_traces(tl.xray.fetch_traces(config, [root], progress=bar("trace")))


# %%
tl.check.predict("03.segments", segments=...)

# %%
first = traced(bare)
tl.plot.plot_waterfall(first, first.index[0][0])
plt.show()
tl.check.compare("03.segments", segments=int((first["kind"] == "segment").sum()))

# %% [markdown]
# The Lambda service and the function, with Lambda's own parts: how long the code ran, but not
# what it did. The parameter store is nowhere. Two lines change that:

# %%
lines = 'from aws_xray_sdk.core import patch, xray_recorder\npatch(["botocore"])\n'
patched = bare.replace("import boto3\n", "import boto3\n" + lines)
second = traced(patched)
tl.plot.plot_waterfall(second, second.index[0][0])
plt.show()

# %% [markdown]
# There is the call, and next to it a segment that X-Ray
# [inferred](../docs/glossary.md#inferred-segment) for the store. Its time includes that of opening
# a connection: this was a cold start. What comes after it, packing, still shows as a blank in
# `Invocation`.
#
# ### Your turn: fill the blank
#
# Put the packing into a subsegment `pack` with an annotation `kg`, the weight from the event.
# Make `mine` from `patched` (`print(patched)` shows it), and hand in the spans of its run.

# %%
mine = ...
# solution
packing = """\
    with xray_recorder.in_subsegment("pack") as step:
        step.put_annotation("kg", event["kg"])
        time.sleep(0.06)
"""
mine = traced(patched.replace("    time.sleep(0.06)  # pack\n", packing))

# %%
tl.check.check("03.instrumented", mine)

# %% [markdown]
# ## It is on the map
#
# X-Ray knows the new service like any other: in summaries, and in the
# [service graph](../docs/glossary.md#service-graph-service-map). With the plain command:

# %%
root = second.index[0][0]
# !aws xray get-trace-graph --trace-ids {root} --query "Services[].[Name,Type]" --output text
tl.plot.plot_service_map(tl.xray.fetch_service_graph(config, [root]))
plt.show()

# %% [markdown]
# From left to right: whoever called, Lambda, your function, and the store, which X-Ray knows from
# your function's call only. The step `pack` is no node, since it is a part of the function.
#
# ## Clean up
#
# Payment gets its original code back, and what was made by hand is deleted by hand. Lambda made a
# log group on its own; it stays for ever unless you delete it, too. (The last exercise needs the
# function: should you come back to it later, run the notebook from the top.)

# %%
print(*tl.push.push(config, ["payment"]))
lambda_.delete_function(FunctionName=name)
ssm.delete_parameter(Name=parameter)
for policy in managed:
    iam.detach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
iam.delete_role(RoleName=name)
with suppress((logs := boto3.client("logs")).exceptions.ResourceNotFoundException):
    logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")

# %% [markdown]
# ## Recap
#
# - `Active` tracing shows that a function ran; `patch` shows its calls; subsegments show its steps.
# - Annotate subsegments, since the function's segment is Lambda's.
# - An exception marks the blocks that it leaves, and no others.
# - `push` brings changed handlers into a running stack; for other functions, plain boto3 does.
