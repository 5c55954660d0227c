print("synapus")
