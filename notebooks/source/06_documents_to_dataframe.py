# %% [markdown]
# # Turn documents into a table
#
# **What you'll do.** Flatten the nested JSON of one trace by hand, let the library do the same
# for many, and join the result with what the customers saw.
#
# **What you'll learn.**
#
# - how nested documents become rows, and how parent ids connect them
# - how self time is computed, and where the obvious way goes wrong
# - how annotations become columns, and how traces join a request log
# - what to keep so that you can look again next month, and what other tools' formats leave out
#
# **What you'll need.** Notebook 02, and 30 minutes. With the stack of notebook 01 you analyse
# your own orders (on AWS less than a cent); without one, orders that come with the package.

# %%
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import tracing_lab as tl

config = tl.Config()
orders = tl.samples.orders(config, seed=6, progress=tl.progress.progress_bar("orders"))
orders

# %% [markdown]
# `orders.log` has what the client noted, `orders.traces` what X-Ray knows. Without this package
# you get the same list of traces from `aws xray batch-get-traces --trace-ids ...`, or in Python,
# five ids at a time. Notebook 05 did that:
#
# ```python
# os.environ.update(tl.aws.environment(config))  # where boto3 and the aws command look
# boto3.client("xray").batch_get_traces(TraceIds=ids)["Traces"]
# ```
#
# ## Parse: one row per document
#
# Each [trace](../docs/glossary.md#trace) has a list of `Segments`, and each of those carries its
# `Document` as text: JSON within JSON.

# %%
trace = orders.traces[-1]
documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
table = pd.DataFrame(documents)[["id", "parent_id", "name", "origin"]]
table["name"] = table["name"].map(tl.plot.short_names(table["name"]))
table.assign(parent_here=table["parent_id"].isin(table["id"]))

# %% [markdown]
# Names are shortened: project, environment and suffix are the same in all of them.
#
# `parent_id` says who made the call, and the last column whether that is a row of this table.
# The root has no parent; others have one that is not here. Those parents are
# [subsegments](../docs/glossary.md#subsegment): they sit *inside* other documents, in the member
# `subsegments`, which may have `subsegments` in turn. As long as they are not rows, no join can
# find them.
#
# ### Predict: how many rows?
#
# If each segment and each subsegment becomes a row of its own, how many rows will this trace
# have? A rough number in place of the dots is enough; nothing depends on it.

# %%
tl.check.predict("06.rows", rows=...)

# %% [markdown]
# ## Flatten: one row per span
#
# Keep a list of what is still to be visited. Take a span from it, make it a row, and put its
# subsegments on the list, with the id that they lack: that of the span around them.

# %%
rows = []
pending = [(document, document.get("parent_id")) for document in documents]
while pending:
    span, parent_id = pending.pop()
    rows.append({**span, "parent_id": parent_id})
    pending += [(part, span["id"]) for part in span.get("subsegments", [])]
flat = pd.DataFrame(rows).set_index("id").sort_values("start_time")
parent_ids = flat["parent_id"].dropna()
tl.check.compare("06.rows", rows=len(flat))
f"{parent_ids.isin(flat.index).sum()} of {len(parent_ids)} parents are in this table"

# %% [markdown]
# Segments and subsegments are alike now: [spans](../docs/glossary.md#span), with a name, a start,
# an end and a parent. With all parents there, the table is a tree. A span whose parent is missing
# is an [orphan](../docs/glossary.md#orphan): its parent is late, or was never sent. Count orphans
# before you compute anything that follows parents.
#
# ### Your turn: how deep?
#
# How many ancestors does the deepest span of `flat` have? The root has none. (`Series.map` looks
# up one column's values in another's index.)

# %%
depth = ...
# solution
parents = flat["parent_id"].dropna()
generation, depth = parents, 0
while len(generation):
    generation, depth = generation.map(parents).dropna(), depth + 1

# %%
tl.check.check("06.depth", depth, trace=trace)

# %% [markdown]
# ## Time: milliseconds since the start
#
# X-Ray writes times as seconds since 1970, with a fraction. For looking at one trace,
# milliseconds since its start are easier to read.

# %%
begin = flat["start_time"].min()
flat["start_ms"] = (flat["start_time"] - begin) * 1000
flat["end_ms"] = (flat["end_time"] - begin) * 1000
flat["duration_ms"] = flat["end_ms"] - flat["start_ms"]
flat["name"] = flat["name"].map(tl.plot.short_names(flat["name"]))
flat[["name", "start_ms", "end_ms", "duration_ms"]].round(1).head(8)

# %% [markdown]
# A 64-bit float holds today's seconds to a quarter of a microsecond, so nothing is lost. Some
# services write milliseconds only, such as the API's stage and `AWS::Lambda`: where a child seems
# to start a fraction of a millisecond before its parent, that is rounding.
#
# ## Self time: what a span did itself
#
# A duration includes waiting for others. The [self time](../docs/glossary.md#self-time) is what
# remains when the children's time is taken out. The obvious way is to subtract their durations:

# %%
children_ms = flat.groupby("parent_id")["duration_ms"].sum().reindex(flat.index, fill_value=0)
flat["naive_ms"] = flat["duration_ms"] - children_ms
flat.loc[flat["naive_ms"] < -1, ["name", "duration_ms", "naive_ms"]].round(1)

# %% [markdown]
# Negative time! Most of these are segments of the Lambda service, which accepts an event at once;
# queue and run, its children, come after that. (A cold start adds functions, whose initialization
# came *before* them.) Only the part of a child that lies *inside* its parent may be subtracted.

# %%
around = flat[["start_ms", "end_ms"]].reindex(flat["parent_id"]).set_axis(flat.index)
first = np.maximum(flat["start_ms"], around["start_ms"])
last = np.minimum(flat["end_ms"], around["end_ms"])
inside_ms = (last - first).clip(lower=0).groupby(flat["parent_id"]).sum()
flat["self_ms"] = flat["duration_ms"] - inside_ms.reindex(flat.index, fill_value=0)
f"{(flat['self_ms'] < -1).sum()} negative self times"

# %% [markdown]
# ### Your turn: children that overlap
#
# One trap is left. A span runs from 0 to 200 ms. It has two children that run at the same time
# for a while: from 20 to 100 ms and from 60 to 150 ms. What is its self time, in milliseconds?

# %%
self_ms = ...
# solution
self_ms = 200 - (150 - 20)

# %%
tl.check.check("06.self", self_ms)

# %% [markdown]
# ## Let the library do it
#
# `spans_from_traces` does all of this for any number of traces, overlaps included. The result is
# the *span frame*: one row per span, indexed by trace and span.

# %%
spans = tl.spans.spans_from_traces(orders.traces)
same = spans.loc[trace["Id"]].reindex(flat.index)
by_hand = flat.assign(library_ms=same["self_s"] * 1000)
differs = (by_hand["self_ms"] - by_hand["library_ms"]).round(1) != 0
by_hand.loc[differs, ["name", "duration_ms", "self_ms", "library_ms"]].round(1)

# %% [markdown]
# What differs is Lambda's own. For an event, a function runs *during* `Attempt #1`, yet its
# segment hangs *beside* that, below the service's segment; a cold start's `Initialization` lies
# before the segment that it is part of. By parent ids alone, such time counts twice. AWS does not
# document this layout; that it stays so is an assumption, taken from published traces.
#
# ## Annotations: from dictionaries to columns
#
# Each span has a dictionary of its own
# [annotations](../docs/glossary.md#annotation). pandas makes columns of a list of dictionaries;
# keys that a span does not have become missing values. Several services annotate the same order,
# each with what it knows, so `groupby(...).first()` takes the first value that is not missing,
# column by column: one row per order.

# %%
annotated = spans[spans["annotations"].map(lambda notes: "order_id" in notes)]
notes = pd.DataFrame([*annotated["annotations"]], index=annotated.index).droplevel("span_id")
per_order = notes.groupby("trace_id", sort=False).first()
per_order[["customer_id", "payment_amount", "warehouse"]].head(5)

# %% [markdown]
# ### Your turn: how many customers?
#
# How many different customers are behind these orders?

# %%
customers = ...
# solution
customers = per_order["customer_id"].nunique()

# %%
tl.check.check("06.customers", customers, notes=notes)

# %% [markdown]
# ## Join: what the customer saw, and what went on behind
#
# The request log knows the trace id of each order. `end_to_end` reduces a trace to one row, so
# both sides have one row per order. `validate` makes pandas check that: joining the log with
# *spans* would repeat each order for every span, and any mean after that would be wrong.

# %%
whole = tl.stats.end_to_end(spans)[["response_s", "duration_s"]]
joined = orders.log.merge(whole, how="left", on="trace_id", validate="one_to_one")
tl.tables.in_milliseconds(joined[["latency_s", "response_s", "duration_s"]]).head(5)

# %% [markdown]
# What the client measured, what the API measured, and the whole trace. The first two differ by
# the network and the client itself.
# `how="left"` keeps orders without a trace; when something fails, those are the interesting ones.
#
# ### Your turn: after the answer
#
# For how many milliseconds does an order go on, in the median, after the API has answered?

# %%
after_ms = ...
# solution
after_ms = (joined["duration_s"] - joined["response_s"]).median() * 1000

# %%
tl.check.check("06.after", after_ms, log=orders.log, spans=spans)

# %% [markdown]
# ## Keep: documents to store, other formats to work with
#
# X-Ray keeps traces for 30 days. Keep the documents: whatever you want to ask next month is in
# them. Other formats are for work. Parquet holds the frame, small and quick to load; Jaeger's JSON
# and OpenTelemetry's (OTLP) are for colleagues with other tools; Chrome's trace events open in
# [Perfetto](https://ui.perfetto.dev). Here is each as a file, with what it leaves out:

# %%
folder, rows = Path(tempfile.mkdtemp()), {}
for form in ("x-ray", "otlp", "jaeger", "parquet", "chrome"):
    path = tl.export.save_traces_as(orders.traces, folder / form, form=form)
    left_out = tl.export.lost(orders.traces, form=form)
    rows[form] = [round(path.stat().st_size / 1024), ", ".join(left_out) or "nothing"]
kept = pd.DataFrame.from_dict(rows, orient="index", columns=["KB", "left out"])
back = tl.spans.load_traces(folder / "jaeger")
print("the same spans:", tl.spans.spans_from_traces(back).equals(spans))
kept.style.set_properties(subset="left out", **{"text-align": "left", "white-space": "normal"})

# %% [markdown]
# `load_traces` recognizes a format by its content, and the spans that went through Jaeger's are
# those that we had. Between files, a command does the same, and says what is left out:
# `tracing-lab convert traces.json --out jaeger.json --format jaeger`.
#
# ### Your turn: too late
#
# The documents are gone; the Parquet file is still there. Which of these questions can nobody
# answer any more?
#
# - `a`: for how many orders a payment of more than 500 dollars was made
# - `b`: which path of the API the clients called
# - `c`: how long the functions worked themselves, without waiting for others
# - `d`: which orders took a second attempt

# %%
gone = ...
# solution
gone = "b"

# %%
tl.check.check("06.gone", gone)

# %% [markdown]
# ## Recap
#
# - Parents may be subsegments: flatten first, then join.
# - Count orphans before you follow parents.
# - Self time subtracts what children cover *inside* a span, each moment once.
# - Annotations become columns; reduce to one row per order before you join.
# - Keep the documents; before you keep another format instead, look at what it leaves out.
