class Reasons: pass
def adverse_action_reasons(): pass
