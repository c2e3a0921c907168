"""What exporters write of the machine that they ran on."""


def without_traces(model):
    """The model without stack traces, paths of files and other notes of its exporter's.

    What the model says itself (its own metadata) stays.
    """
    model.ClearField("doc_string")
    for part in [model.graph, *model.functions]:
        clear(part)
    return model


def clear(part):
    """Clears the notes of a graph or function, and of the graphs inside its nodes."""
    for noted in [part, *part.node]:
        noted.ClearField("metadata_props")
        noted.ClearField("doc_string")
    for attribute in [attribute for node in part.node for attribute in node.attribute]:
        for inner in [attribute.g, *attribute.graphs] if attribute.HasField("g") else attribute.graphs:
            clear(inner)
