import Testing

@testable import BelljarControls

@Suite struct ControlTests {
    @Test(arguments: Control.allCases)
    func everyControlCanBeSwitchedOffAndSetToEachState(control: Control) {
        #expect(control.states.contains(.real))
        #expect(Set(control.states).count == control.states.count)
        for state in control.states {
            var states = ControlStates.standard
            states[control] = state
            #expect(states[control] == state)
            #expect(states.named[control.rawValue] == state.rawValue)
            for other in Control.allCases where other != control { #expect(states[other] == other.states[0]) }
        }
    }

    @Test func statesAreKnownByName() {
        #expect(Control.mtimes.state(named: "flat") == .flat)
        #expect(Control.clock.state(named: "flat") == nil)
        #expect(Control.clock.state(named: "nonsense") == nil)
    }

    @Test func whatIsOpenIsWhatCouldBeVirtualised() {
        #expect(ControlStates.standard.open.isEmpty)
        #expect(ControlStates.real.open == Control.allCases.filter { $0 != .owners })
    }

    @Test func withoutControlsNothingIsNotified() {
        for call in NotifiedCall.allCases { #expect(!call.isNotified(.real)) }
    }

    /// A build without a trace is asked about none of what only a trace has to know; with one, more is asked and nothing less.
    @Test func aTraceAsksMoreAndNothingLess() {
        let alone: Set<NotifiedCall> = [.access, .faccessat, .faccessat2, .readlink, .readlinkat]
        for states in [ControlStates.standard, .real] {
            let plain = Set(NotifiedCall.allCases.filter { $0.isNotified(states) })
            let traced = Set(NotifiedCall.allCases.filter { $0.isNotified(states, traced: true) })
            #expect(plain.isDisjoint(with: alone) && traced.isSuperset(of: plain.union(alone)))
        }
        #expect(NotifiedCall.openat.conditions(.standard).count > 1)
        #expect(NotifiedCall.openat.conditions(.standard, traced: true) == [[]])
        #expect(
            NotifiedCall.clock_gettime.isNotified(.real, traced: true)
                && !NotifiedCall.poll.isNotified(.real, traced: true))
    }

    @Test(arguments: Control.allCases)
    func aControlIsNotifiedOfItsCallsAndOfNewPrograms(control: Control) throws {
        let state = try #require(control.states.first { $0 != .real })
        var states = ControlStates.real
        states[control] = state
        let notified = NotifiedCall.allCases.filter { $0.isNotified(states) }
        let own = NotifiedCall.allCases.filter { $0.controls.contains(control) }
        #expect(Set(notified) == (own.isEmpty ? [] : Set(own + [.brk, .arch_prctl])))
    }
}
