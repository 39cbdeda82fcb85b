// The plan.
