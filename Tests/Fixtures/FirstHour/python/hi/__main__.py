print("hi from python")
