# %% [markdown]
# # Draw and read a service map
#
# **What you'll do.** Compute the service map from spans, compare it with the one that X-Ray
# draws, and find what an order really waits for.
#
# **What you'll learn.**
#
# - what the nodes and edges of a service map stand for
# - where nodes come from that send nothing
# - why a node and the edge that leads to it may disagree
# - what a critical path is
#
# **What you'll need.** Notebooks 00 and 02, and 20 minutes. On AWS this costs less than a cent.

# %%
from datetime import UTC, datetime

import matplotlib.pyplot as plt
import pandas as pd

import tracing_lab as tl

pd.options.display.max_colwidth = None  # the nodes have long names
bar = tl.progress.progress_bar
config = tl.Config()
outputs = tl.deploy.apply(config, progress=bar("apply"))

# %% [markdown]
# Forty orders, slowly at first, so that the functions have time to start.

# %%
log = tl.traffic.fire(outputs, scenario="ramp", orders=40, rate=10, seed=9, progress=bar("orders"))
spans = tl.spans.spans_from_traces(tl.xray.fetch_traces(config, log, progress=bar("traces")))

# %% [markdown]
# ## The map from spans
#
# Nobody ever wrote down how these services are connected. The traces know: whenever a span has a
# parent in another service, there is an edge.

# %%
graph = tl.graph.service_graph_from_spans(spans)
tl.plot.plot_service_map(graph)
plt.show()

# %% [markdown]
# The same map to click on. Try this: click the arrow from `Events` to `notification`, and open one
# of the orders behind it.

# %%
tl.widgets.service_map(graph, traces=spans)

# %% [markdown]
# ## Nodes
#
# A node is a name and a type. Each function is two nodes: `AWS::Lambda`, the service that takes
# the request, and `AWS::Lambda::Function`, the code that runs. `client` stands for whoever sent
# the request, since nobody traced it.

# %%
nodes, edges = tl.graph.graph_to_frames(graph)
nodes[["requests", "errors", "faults", "p50_s", "p95_s"]]

# %% [markdown]
# Forty orders went in, and `notification` ran eighty times: once for each payment and once for
# each stock update. Counting requests per node is the quickest check of an event flow.

# %% [markdown]
# ### Your turn: who never spoke?
#
# Some nodes send no segments; X-Ray inferred them from their callers. Which names do they have?
# Answer with a set, such as `{"one", "other"}`.

# %%
inferred = ...
# solution
inferred = set(spans.loc[spans["kind"] == "inferred", "service"])

# %%
tl.check.check("09.inferred", inferred, spans=spans)

# %% [markdown]
# An inferred node is as good as what its callers say. A DynamoDB table or a third-party API would
# look the same: you see how long the call took, and nothing of what happened inside.

# %% [markdown]
# ## Edges
#
# An edge is what the *caller* saw: how often it called, how long it waited, how that ended.

# %%
edges[["requests", "errors", "faults", "p50_s"]]

# %% [markdown]
# Compare the edge into a node with the node itself. The caller's time contains the network and
# the queue, the node's own does not. When an edge shows faults and its node shows none, the
# request never arrived.

# %% [markdown]
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

# %% [markdown]
# ## The map that X-Ray draws
#
# X-Ray computes the same map on its side, with GetServiceGraph. It covers a window of time (six
# hours at most) instead of a set of traces, so it may contain more than we sent just now.

# %%
document = tl.xray.service_graph(config, start=log["sent"].min(), end=datetime.now(UTC))
theirs = tl.graph.service_graph_from_document(document)
theirs.number_of_nodes(), graph.number_of_nodes()

# %%
tl.graph.compare_graphs(graph, theirs)

# %% [markdown]
# An empty table means that both agree on all nodes, edges and counts. On AWS a difference usually
# has one of two causes: traces that were not sampled are in neither, and traces that arrived
# after one of the two was computed are in one only.

# %% [markdown]
# ## The critical path
#
# Which part should you speed up so that orders are done sooner? Not the slowest span, but the one
# that everything else waited for. Walk back from the end of the trace: at each moment exactly one
# span decided. Those spans are the *critical path*.

# %%
slowest = tl.stats.end_to_end(spans)["duration_s"].idxmax()
tree = tl.graph.trace_tree_from_spans(spans, slowest)
path = tl.graph.critical_path(tree)
path[["service", "name", "duration_s"]]

# %%
tl.plot.plot_waterfall(spans, slowest)
plt.show()

# %% [markdown]
# ### Your turn: who has the last word?
#
# With which service does the critical path of this trace end?

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
