internal import CLinux

/// The arguments that this program was started with.
///
/// Swift's `CommandLine.arguments` is empty on a host without `/proc`, and a program that believes that does something else
/// than it was told to, successfully. These come from the C library.
package enum ProgramArguments {
    /// The program's name first; what is no UTF-8 is repaired.
    package static let all: [String] = {
        var found: [String] = []
        while let argument = unsafe bj_argument(Int32(found.count)) { found.append(unsafe String(cString: argument)) }
        return found
    }()

    /// Whether one of them was repaired, and so is not what was meant.
    package static let isRepaired: Bool = {
        var index: Int32 = 0
        while let argument = unsafe bj_argument(index) {
            if unsafe String(validatingCString: argument) == nil { return true }
            index += 1
        }
        return false
    }()

    /// Without the program's name.
    package static var given: [String] { Array(all.dropFirst()) }
}
