"""Tasks, entities, connections and their plans: what is protected, when, and how that fares."""
