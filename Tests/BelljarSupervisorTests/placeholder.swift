@testable import BelljarSupervisor
