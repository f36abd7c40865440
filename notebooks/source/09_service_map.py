# %% [markdown]
# # Draw and read a service map
#
# **What you'll do.** Compute the service map from spans, compare it with the one that X-Ray
# draws and with that of a shop in which something is missing, and find what an order really waits
# for.
#
# **What you'll learn.**
#
# - what the nodes and edges of a service map stand for
# - where nodes come from that send nothing
# - why a node and the edge that leads to it may disagree
# - how to find what has vanished from a map, which no error rate shows
# - what a critical path is
#
# **What you'll need.** Notebooks 00 and 02, and 25 minutes. On AWS this costs less than a cent.

# %%
import os
from datetime import UTC, datetime, timedelta

import boto3
import matplotlib.pyplot as plt

import tracing_lab as tl

bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# Forty orders will come, slowly at first, so that the functions have time to start.
#
# ### Predict: how often does it run?
#
# How many times will the function `notification` run for these forty orders? Put a number in place
# of the dots.

# %%
tl.check.predict("09.runs", notification=...)

# %%
log = tl.traffic.fire(outputs, scenario="ramp", orders=40, rate=10, seed=9, progress=bar("orders"))
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
short_services = tl.plot.short_names(spans["service"])

# %% [markdown]
# ## The map from spans
#
# Nobody ever wrote down how these services are connected. The traces know: whenever a
# [span](../docs/glossary.md#span) has a parent in another service, there is an
# [edge](../docs/glossary.md#node-edge) from that service to this one. All of them together are the
# [service graph](../docs/glossary.md#service-graph-service-map), and its picture is the service
# map:

# %%
graph = tl.graph.service_graph_from_spans(spans)
tl.plot.plot_service_map(graph)
plt.show()

# %% [markdown]
# Read it from left to right. At each arrow stand the number of calls and, below it, their median
# time; in a circle is the median of the service itself. The two long arrows lead back to the bus:
# `inventory` and `payment` publish events of their own.
#
# The same map to click on. Try this: click the arrow from `Events` to `notification`, and open one
# of the orders behind it.

# %%
tl.widgets.service_map(graph, traces=spans)

# %% [markdown]
# ## Nodes
#
# A node is a name and a type. Each function is two nodes: `AWS::Lambda`, the service that takes
# the request, and `AWS::Lambda::Function`, the code that runs. `client` stands for whoever sent
# the request, since nobody traced it. Names are shortened here; in `graph` they are complete.

# %%
nodes, edges = tl.graph.graph_to_frames(graph)
short = tl.plot.short_names(nodes.index)
columns = ["requests", "errors", "faults", "p50_s"]
tl.tables.in_milliseconds(nodes[[*columns, "p95_s"]].rename(short)).astype("string").fillna("")

# %%
runs = nodes[
    (nodes["kind"] == "AWS::Lambda::Function") & nodes["name"].str.contains("notification")
]
tl.check.compare("09.runs", notification=int(runs["requests"].iloc[0]))

# %% [markdown]
# Forty orders went in, and `notification` ran eighty times: once for each payment and once for
# each stock update. Counting requests per node is the quickest check of an event flow. Lambda's own
# nodes need no time for events, since the service accepts an event at once and runs it later.
#
# ### Your turn: who never spoke?
#
# Some nodes send no segments; X-Ray [inferred](../docs/glossary.md#inferred-segment) them from
# their callers. Which names do they have? Answer with a set, such as `{"one", "other"}`.

# %%
inferred = ...
# solution
inferred = set(spans.loc[spans["kind"] == "inferred", "service"])

# %%
tl.check.check("09.inferred", inferred, spans=spans)

# %% [markdown]
# An inferred node is as good as what its callers say. A DynamoDB table or a third-party API would
# look the same: you see how long the call took, and nothing of what happened inside.
#
# ## Edges
#
# An edge is what the *caller* saw: how often it called, how long it waited, how that ended.

# %%
shown = edges[columns].rename(short, level="source").rename(short, level="target")
tl.tables.in_milliseconds(shown).reset_index()

# %% [markdown]
# Compare the edge into a node with the node itself, first from the API to `order`: the caller's
# time contains the way there and back, the node's own does not. Where an event is handed over, an
# edge takes no time: the caller does not wait until the function has run. And a function may take
# longer than the edge that leads to it, since it cleans up after its answer (`Overhead`), for which
# nobody waits. When an edge shows faults and its node shows none, the request never arrived.
#
# ### Your turn: where do events go?
#
# Which nodes does the event bus feed? The node's key is `"Events [AWS::Events]"`, and
# `graph.successors` knows what comes after a node. Answer with their keys.

# %%
consumers = ...
# solution
consumers = set(graph.successors("Events [AWS::Events]"))

# %%
tl.check.check("09.consumers", consumers, spans=spans)

# %% [markdown]
# All events pass through one node, so the map cannot tell that `notification` listens to payment
# and inventory, but not to order. A map merges all traces; a single trace still knows.
#
# ## The map that X-Ray draws
#
# X-Ray computes the same map on its side, with GetServiceGraph. It covers a window of time (six
# hours at most) instead of a set of traces, so it may contain more than we sent just now.

# %%
start = log["sent"].min() - timedelta(seconds=2)  # X-Ray counts in whole seconds
document = tl.xray.service_graph(config, start=start, end=datetime.now(UTC))
theirs = tl.graph.service_graph_from_document(document)
theirs.number_of_nodes(), graph.number_of_nodes()

# %%
tl.graph.compare_graphs(graph, theirs)

# %% [markdown]
# An empty table means that both agree on all nodes, edges and counts. On AWS a difference usually
# has one of two causes: traces that were not sampled are in neither, and traces that arrived
# after one of the two was computed are in one only.
#
# ## What has vanished
#
# Somebody tidies up and switches off a [rule](../docs/glossary.md#rule-eventbridge) of the bus.
# Nothing fails, so no error rate and no alarm shows it.

# %%
os.environ.update(tl.aws.environment(config))  # for boto3
events, bus = boto3.client("events"), outputs.event_bus_name
rules = [rule["Name"] for rule in events.list_rules(EventBusName=bus)["Rules"]]
events.disable_rule(EventBusName=bus, Name=next(rule for rule in rules if "notification" in rule))

# %% [markdown]
# On AWS wait a minute before you run the next cell: until the change has taken effect everywhere,
# the rule may still match.

# %%
log = tl.traffic.fire(outputs, orders=20, rate=10, seed=10, progress=bar("orders"))
later = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))
difference = tl.graph.compare(spans, later)
gone = difference.loc[difference["change"] == "removed", ["count_first", "count_second"]]
gone.rename(lambda item: item.replace(f"{config.stack_name}-", ""), level="item")

# %% [markdown]
# `graph.compare` puts two maps side by side, with a row for each node and each edge. These have
# vanished. So compare today's map with yesterday's, above all after a deployment.
#
# ### Your turn: how many are missing?
#
# How many notifications were not sent to the customers of the orders in `later`, all in all?

# %%
missing = ...
# solution
per_order = 80 / 40  # as in the first window: `notification` has run twice for each order
missing = per_order * later.index.unique("trace_id").size

# %%
tl.check.check("09.missing", missing, before=spans, after=later)

# %%
outputs = tl.deploy.apply(config, progress=bar("apply"))  # switches the rule on again

# %% [markdown]
# ## The critical path
#
# Which part should you speed up so that orders are done sooner? Not the slowest span, but the one
# that everything else waited for. Walk back from the end of the trace: at each moment exactly one
# span decided. Those spans are the [critical path](../docs/glossary.md#critical-path). Here are its
# longest pieces, in the order of time:

# %%
slowest = tl.stats.end_to_end(spans)["duration_s"].idxmax()
tree = tl.graph.trace_tree_from_spans(spans, slowest)
path = tl.graph.critical_path(tree)
longest = path.loc[path["duration_s"].nlargest(8).index.sort_values()]
names = longest[["service", "name"]].astype(str).replace(short_services)
tl.tables.in_milliseconds(names.join(longest["duration_s"]))

# %%
tl.plot.plot_waterfall(spans, slowest)
plt.show()

# %% [markdown]
# The dark lines under the bars are the same path. It jumps from row to row, because only one thing
# at a time holds an order up. Where it has a gap, an event was under way.
#
# ### Your turn: who has the last word?
#
# With which service does the critical path of this trace end? (`path` has all of its pieces.)

# %%
last = ...
# solution
last = path["service"].iloc[-1]

# %%
tl.check.check("09.last", last, spans=spans, trace_id=slowest)

# %% [markdown]
# Making anything off this path faster changes nothing for this order. Sum `duration_s` per
# service over many orders, and you have a list of what is worth your time.

# %% [markdown]
# ## Recap
#
# - Nodes report what they did, edges what their callers saw.
# - Inferred nodes are known from their callers only.
# - A map is a merge of many traces: good for structure and counts, not for cause and effect.
# - The critical path says where speed is worth having.
