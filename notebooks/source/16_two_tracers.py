# %% [markdown]
# # Two tracers, one shop
#
# **What you'll do.** Run the same orders through the shop twice, once traced by the X-Ray SDK and
# once by OpenTelemetry, and explain every difference between the two.
#
# **What you'll learn.**
#
# - which call of one tracer stands for which call of the other
# - why the same order has more spans and other names under OpenTelemetry
# - why the event bus loses its edges, and how to join the map again
# - what a tracer costs when a function starts
# - which of the two to choose, and when
#
# **What you'll need.** Notebooks 03 and 09, and 25 minutes. The first time, about 60 packages are
# installed for OpenTelemetry's layer, which takes a minute and needs the internet. On AWS this
# costs less than a cent. (The layer begins with a shell script, so on Windows the embedded AWS
# cannot run it; use WSL.)

# %%
import json

import matplotlib.pyplot as plt
import pandas as pd

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# ## The same handler twice
#
# AWS maintains the X-Ray SDK, but develops it no further: new projects should use OpenTelemetry,
# which all vendors understand. AWS packs it into a *layer*, a zip that Lambda unpacks beside your
# code. If the variable `AWS_LAMBDA_EXEC_WRAPPER` names the layer's script, Lambda starts your
# function by it, and the script [instruments](../docs/glossary.md#instrument) the function.
#
# Here is the payment service, written for each of the two:

# %%
folder = tl.package.default_source_dir()
for name in ("payment_service.py", "otel/payment_service.py"):
    text = (folder / name).read_text("utf-8")
    print(f"# {name}", text[text.index("@service") :], sep="\n")

# %% [markdown]
# | what you want | X-Ray SDK | OpenTelemetry |
# |---|---|---|
# | time a step | `xray_recorder.in_subsegment(...)` | `tracer.start_as_current_span(...)` |
# | [annotation](../docs/glossary.md#annotation) | `put_annotation` | `set_attribute` (1) |
# | [metadata](../docs/glossary.md#metadata) | `put_metadata` | `set_attribute` |
# | a span of each call to AWS | `patch(["botocore"])` | nothing: the layer does it |
#
# (1) and its name in the list `aws.xray.annotations`, here `INDEXED`: X-Ray makes all other
# attributes metadata.
#
# ### Predict: how long does it take to start?
#
# Either tracer is loaded when a function starts. How many times as long does a
# [cold start](../docs/glossary.md#cold-start) take under OpenTelemetry?

# %%
tl.check.predict("16.start", times=...)


# %% [markdown]
# ## The same orders twice
#
# The seed makes the orders the same; what differs is the tracer. First the X-Ray SDK:


# %%
def orders_under(config):
    """Return the traces of twenty orders that the stack of a config has processed."""
    outputs = tl.deploy.apply(config, progress=bar("apply"))
    load = {"scenario": "ramp", "orders": 20, "rate": 5, "seed": 16}
    log = tl.traffic.fire(outputs, **load, progress=bar("orders"))
    return tl.xray.fetch_traces(config, log, progress=bar("traces"))


sdk_traces = orders_under(config)

# %% [markdown]
# Changing the tracer changes the code of the functions, one variable, and their layer. Nothing else
# in the stack differs:

# %%
other = config.replace(tracer="opentelemetry")
tl.deploy.plan(other)

# %%
otel_traces = orders_under(other)
sdk, otel = map(tl.spans.spans_from_traces, (sdk_traces, otel_traces))

# %% [markdown]
# ## One step, two documents
#
# Under the SDK a function sends X-Ray's own JSON. Under OpenTelemetry it sends spans, and X-Ray
# translates them into [segments](../docs/glossary.md#segment) and
# [subsegments](../docs/glossary.md#subsegment). Here is what both have stored of the same step,
# `charge_payment`. First its annotations:


# %%
def step(trace, name):
    """Return the first part of a trace with a name, however deep it is."""
    parts = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    for part in parts:  # which grows meanwhile
        parts += part.get("subsegments", [])
    return next(part for part in parts if part["name"] == name)


pair = [step(traces[-1], "charge_payment") for traces in (sdk_traces, otel_traces)]
both = dict(zip(("X-Ray SDK", "OpenTelemetry"), pair, strict=True))
pd.DataFrame({name: document["annotations"] for name, document in both.items()}).fillna("")

# %%
{name: document["metadata"] for name, document in both.items()}

# %% [markdown]
# Two rules explain what you see:
#
# - **span facts**: X-Ray keeps what it knows of each span as annotations, such as `span.kind` and
#   `aws.local.operation`. Yours are the same under both tracers.
# - **flat metadata**: the SDK stores nested JSON in namespaces. An attribute of a span is a number
#   or a text, so the order became one, and there is one namespace only.
#
# ## All spans of all orders
#
# Which [spans](../docs/glossary.md#span) does an order have under one tracer and not under the
# other? Cold starts are left out, since how many there are is up to chance.


# %%
STARTS = ("Initialization", "Init")  # the second is the name in Lambda's newer layout


def per_order(spans):
    """Return how many spans an order has, by service and name."""
    warm = spans[~spans["name"].isin(STARTS)]
    names = warm[["service", "name"]].astype(str)
    return names.value_counts() / warm.index.unique("trace_id").size


frames = pd.DataFrame({"X-Ray SDK": per_order(sdk), "OpenTelemetry": per_order(otel)}).fillna(0)
different = frames[frames["X-Ray SDK"] != frames["OpenTelemetry"]].reset_index()

# %%
is_handler = different["name"] == different["service"]
is_call = different["name"].str.lower() == "events"
different["rule"] = "?"
different.loc[is_handler, "rule"] = "handler span"
different.loc[is_call, "rule"] = "client names"
short = tl.plot.short_names(different["service"])
different.replace(short)

# %% [markdown]
# - **handler span**: OpenTelemetry has a span of the handler as a whole. It has the function's
#   name, as the two segments of Lambda have. The SDK leaves this to Lambda's `Invocation`.
# - **client names**: the SDK calls a call to AWS by its endpoint, `events`; X-Ray calls the span
#   by its service, `Events`.
#
# No row has a question mark: the rules explain all of them.
#
# ### Your turn: how many more?
#
# How many spans more does an order usually have under OpenTelemetry? Take the median, since cold
# starts add some to a few orders.

# %%
more = ...
# solution
sizes = [spans.groupby("trace_id", observed=True).size().median() for spans in (sdk, otel)]
more = sizes[1] - sizes[0]

# %%
tl.check.check("16.more", more, sdk=sdk, otel=otel)

# %% [markdown]
# ## Two maps
#
# Compare this [service map](../docs/glossary.md#service-graph-service-map) with that of notebook
# 09. Every order took the same way as ever:

# %%
graph = tl.graph.service_graph_from_spans(otel)
tl.plot.plot_service_map(graph)
plt.show()


# %%
def map_changes(first, second):
    """Return the nodes and edges that only one of two maps has."""
    changes = tl.graph.compare(first, second)
    changes = changes.loc[~changes["change"].isin(["same", "changed"])]
    frame = changes[["change", "count_first", "count_second"]].reset_index()
    frame["item"] = frame["item"].str.replace("AWS::Lambda::Function", "function")
    return frame.replace({"item": short}, regex=True)


map_changes(sdk, otel)

# %% [markdown]
# The [bus](../docs/glossary.md#event-bus) has become a dead end. All rows have one cause:
#
# - **early header**: who sends an event puts the [tracing
#   header](../docs/glossary.md#tracing-header) into the call, with the id of the span that is to
#   be the parent of all that follows. It should be the span of the call. But on Lambda, boto3
#   itself writes the header first, with the parent that Lambda told the function; OpenTelemetry
#   then leaves alone what is there.
#
# So the next function is a child of the function that sent the event, and no longer of the call,
# and the map draws an edge past the bus. Times, errors and trace ids are right all the same.
#
# ### Your turn: who feeds it now?
#
# From which nodes do edges lead to the node `AWS::Lambda` of `notification` in `graph`? Answer with
# their keys.

# %%
feeders = ...
# solution
[node] = [key for key in graph if "notification" in key and key.endswith("[AWS::Lambda]")]
feeders = set(graph.predecessors(node))

# %%
tl.check.check("16.feeders", feeders, graph=graph)

# %% [markdown]
# ## Joined again
#
# A few lines mend it: write the header once more, after boto3 has. The function
# `propagate_own_span` of `lambda_src/shop/otel_spans.py` does, if a setting says so:

# %%
text = (folder / "shop" / "otel_spans.py").read_text("utf-8")
start = text.index("    inject = (")
print(text[start : text.index("return client", start)])
fixed = config.replace(tracer="opentelemetry", propagate_own_span=True)
joined = tl.spans.spans_from_traces(orders_under(fixed))

# %%
map_changes(sdk, joined)

# %% [markdown]
# An empty table: with the header right, both tracers draw the same map.
#
# ## What it costs
#
# A tracer is code that every new [execution environment](../docs/glossary.md#execution-environment)
# has to load. Here is the median of the cold starts above, and what is unpacked for a function:


# %%
def starts_s(spans):
    """Return how long functions took to start."""
    return spans.loc[spans["name"].isin(STARTS), "duration_s"]


zips = [len(tl.package.build("payment", tracer).data) for tracer in ("xray-sdk", "opentelemetry")]
megabytes = pd.Series([zips[0], zips[1] + len(tl.package.otel_layer())], both) / 1e6
start = pd.Series([starts_s(sdk).median(), starts_s(otel).median()], both)
pd.DataFrame({"cold start, s": start, "zips, MB": megabytes}).round(2)

# %%
tl.check.compare("16.start", times=start["OpenTelemetry"] / start["X-Ray SDK"])

# %% [markdown]
# AWS's layer can start faster by `OTEL_AWS_LAMBDA_FAST_START=true`, which leaves out what few need.
#
# ### Your turn: a million cold starts
#
# Lambda charges 0.0000166667 dollars for a second with 1 GB, starts included. The functions have
# 128 MB, an eighth of it. By how many dollars does OpenTelemetry raise the bill of a million cold
# starts? (The medians are in `start`.)

# %%
dollars = ...
# solution
seconds = start["OpenTelemetry"] - start["X-Ray SDK"]
dollars = seconds / 8 * 0.0000166667 * 1e6

# %%
tl.check.check("16.dollars", dollars, sdk=sdk, otel=otel)

# %% [markdown]
# In practice fewer than one request in a hundred meets a cold start. Whether it may take that long
# is a question of patience more than of money.
#
# ## Which one?
#
# | your case | choose |
# |---|---|
# | a new project, several languages, or another vendor may come | OpenTelemetry |
# | requests matter that were not [sampled](../docs/glossary.md#sampling) | OpenTelemetry (2) |
# | functions that work with the X-Ray SDK | keep it, and plan the move |
# | cold starts have to be short | the X-Ray SDK; Lambda's own segments need no tracer at all |
#
# (2) with Transaction Search: the layer sends all spans, sampled or not, and the log group
# `aws/spans` keeps them. [Production](../docs/production.md) says how.
#
# Whichever you choose: ids, parents, samples and critical paths are the same. You have learned
# tracing, not a tracer. Now the shop gets its first tracer back:

# %%
outputs = tl.deploy.apply(config, progress=bar("apply"))
tl.deploy.plan(config)

# %% [markdown]
# ## Recap
#
# - OpenTelemetry sends spans; X-Ray translates them. Few named rules explain each difference.
# - The parent that an event carries decides what the map looks like.
# - A layer adds a tracer without touching the zip, and time to every cold start.
