print("belljar")
