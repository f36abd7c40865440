# %% [markdown]
# # Read your first trace
#
# **What you'll do.** Take one trace apart down to the JSON that services
# send, and put it together again.
#
# **What you'll learn.**
#
# - what a segment, a subsegment and an inferred segment are
# - how a trace id and parent ids hold a trace together
# - how the tracing header carries them from service to service
# - where annotations live, and what they are for
#
# **What you'll need.** Notebook 00, and 20 minutes. On AWS this costs a fraction of a cent.

# %%
import json
import os

import boto3
import matplotlib.pyplot as plt
import pandas as pd

import tracing_lab as tl

# %%
bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# ## One order, one trace
#
# A [trace](../docs/glossary.md#trace) is the set of documents that carry the same [trace
# id](../docs/glossary.md#trace-id). Predict: how many documents will one order make? Four functions
# and an API take part.

# %%
tl.check.predict("02.documents", documents=...)

# %%
log = tl.traffic.fire(outputs, orders=1, seed=2)
trace = tl.xray.fetch_traces(config, log, progress=bar("traces"))[0]
trace["Id"], len(trace["Segments"])

# %%
tl.check.compare("02.documents", documents=len(trace["Segments"]))

# %% [markdown]
# `fetch_traces` waits until nothing new arrives. The call behind it is X-Ray's `BatchGetTraces`.
# Make it yourself, with plain boto3 (what is in a response?) and with the `aws` command, whose
# `--query` selects from the response. `Duration` is in seconds.

# %%
os.environ.update(tl.aws.environment(config))  # boto3 and `aws` reach the stack's AWS
raw = boto3.client("xray").batch_get_traces(TraceIds=[trace["Id"]])["Traces"][0]
raw["Id"] == trace["Id"], list(raw), list(raw["Segments"][0])

# %%
trace_id = trace["Id"]
# !aws xray batch-get-traces --trace-ids {trace_id} --query "Traces[].[Id,Duration]"

# %% [markdown]
# The id has three parts: a version, the second in which the trace began (in hexadecimal), and 96
# random bits. Whoever sees a request first makes it up: here the sender, which needs it for its
# log. If a request arrives without one, API Gateway does.

# %% [markdown]
# ### Your turn: when did it start?
#
# Turn the middle part of `trace["Id"]` into a whole number of seconds since 1970.

# %%
started = ...
# solution
started = int(trace["Id"].split("-")[1], 16)
pd.Timestamp(started, unit="s", tz="UTC")

# %%
tl.check.check("02.started", started, trace=trace)

# %% [markdown]
# ## The raw documents
#
# The documents are [segments](../docs/glossary.md#segment). X-Ray returns them as JSON texts, in no
# useful order. Parsed and sorted by start time they read like a story.

# %%
documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
documents.sort(key=lambda document: document["start_time"])
columns = ["id", "parent_id", "name", "origin", "inferred"]
table = pd.DataFrame([{key: each.get(key, "") for key in columns} for each in documents])
table["name"] = table["name"].map(tl.plot.short_names(table["name"]))
table

# %% [markdown]
# Names are shortened for display; in the documents they are complete.
#
# Each run of a function appears twice. `AWS::Lambda` is the Lambda *service*, which accepts the
# request and finds a place to run it; `AWS::Lambda::Function` is your code. (`notification` has two
# runs: one for the payment, one for the stock.) The service's segment may start well before the
# function's: finding a place can take time.
#
# Here is a whole document: the function segment of the order service. It is long; look for its
# name, its two times, and the nested `subsegments`.

# %%
order = next(d for d in documents if "-order-" in d["name"] and d["origin"].endswith("Function"))
print(json.dumps(order, indent=1))

# %% [markdown]
# `start_time` and `end_time` are seconds since 1970. [Subsegments](../docs/glossary.md#subsegment)
# are parts of the work. Lambda itself adds `Initialization` (only when the function had to be
# started first, a [cold start](../docs/glossary.md#cold-start)), `Invocation` and `Overhead`; the
# X-Ray SDK in our code adds those below `Invocation`. (Where Lambda has its newer layout, the first
# is called `Init`, and what is in our code lies directly in the segment, without `Invocation`.)

# %% [markdown]
# ## Parent ids make the tree
#
# `parent_id` is the id of the segment, or more precisely the *subsegment*, that made the call.

# %% [markdown]
# ### Your turn: who called payment?
#
# Find the document of the payment service with the origin `AWS::Lambda`, and then the document
# whose id is its `parent_id`. What is that document's name?

# %%
caller = ...
# solution
names = {document["id"]: document["name"] for document in documents}
payment = next(d for d in documents if "-payment-" in d["name"] and d["origin"] == "AWS::Lambda")
caller = names[payment["parent_id"]]

# %%
tl.check.check("02.parent", caller, trace=trace)

# %% [markdown]
# That document says `"inferred": true`. EventBridge sends no segments; X-Ray
# [infers](../docs/glossary.md#inferred-segment) one from the order service's call to it, and puts
# the receivers of the event below. Without that, a trace would end at every event bus.

# %% [markdown]
# ## The header carries the thread
#
# How does payment know the trace id? Each call passes it on in the
# [tracing header](../docs/glossary.md#tracing-header), `X-Amzn-Trace-Id`:
#
# ```
# Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=53995c3f42cd8ad8;Sampled=1
# ```
#
# `Root` is the trace id and never changes. `Parent` is the id of whoever makes this call, so it
# changes with each call. `Sampled` says whether the trace is recorded at all
# ([sampling](../docs/glossary.md#sampling)): the first service decides, and all others obey. On AWS
# the default rule records the first request of each second and 5 % of the rest, unless the caller
# has decided already. Our sender has: it sends `Sampled=1`.

# %% [markdown]
# ### Your turn: write the header
#
# Which header did the order service send with its event? You need the trace id, and the id of the
# subsegment of `order` that stands for the call to EventBridge (look below `Invocation`, if there
# is one).

# %%
header = ...
# solution
spans = tl.spans.spans_from_traces([trace])
mine = spans[(spans["service"] == order["name"]) & (spans["name"].str.lower() == "events")]
header = f"Root={trace['Id']};Parent={mine.index[0][1]};Sampled=1"

# %%
tl.check.check("02.header", header, trace=trace)

# %% [markdown]
# ## From documents to spans
#
# Nobody wants to search nested JSON twice. `spans_from_traces` makes a table with one row per
# [span](../docs/glossary.md#span), which is a segment or a subsegment, with its parent, its
# duration and its [self time](../docs/glossary.md#self-time): the part of the duration in which
# none of its children ran. `depth` counts the spans above it.

# %%
spans = tl.spans.spans_from_traces([trace])
view = tl.tables.in_milliseconds(spans[["name", "depth", "duration_s", "self_s"]])
view["name"] = view["name"].map(tl.plot.short_names(view["name"]))
view.droplevel("trace_id").head(12)

# %% [markdown]
# Each row one step deeper is a part of the row above it, or what that row caused. A picture shows
# more at once. Drawn over time, the same rows are a [waterfall](../docs/glossary.md#waterfall):

# %%
tl.plot.plot_waterfall(spans, trace["Id"])
plt.show()

# %% [markdown]
# Look at the dashed line, where the API's bar ends. What starts to the right of it happened without
# the client: from there on the work is asynchronous, driven by events.

# %% [markdown]
# ## Annotations make traces findable
#
# Ids say how spans belong together, not what they were about. That is what
# [annotations](../docs/glossary.md#annotation) are for: keys with values that X-Ray indexes, so
# that you can search for `annotation.customer_id = "customer-7"` later. On Lambda your code cannot
# write to the function's own segment, so the services annotate their subsegments.

# %%
annotated = spans[spans["annotations"].map(lambda notes: "customer_id" in notes)]
notes = pd.DataFrame([*annotated["annotations"]], index=annotated["name"])
notes[["customer_id", "payment_amount", "warehouse"]].astype("string").fillna("")

# %% [markdown]
# Every service adds what it knows about the order: the payment its amount, the inventory its
# warehouse. [Metadata](../docs/glossary.md#metadata) looks similar but is not indexed: it is for
# what you want to read, not to search. Neither is a place for personal data or secrets, since
# everybody who may read traces may read both.

# %% [markdown]
# ## Recap
#
# - A trace is a set of documents with one id; parent ids turn the set into a tree.
# - The header passes `Root` on unchanged, sets `Parent` anew at each hop, and obeys `Sampled`.
# - X-Ray infers segments for services that send none.
# - Annotations are for searching, metadata for reading.
