import java.io.File;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.TreeMap;

/** The machine, as Java shows it. */
public class Machine {
    public static void main(String[] arguments) throws Exception {
        System.out.println(Runtime.getRuntime().availableProcessors() + " " + Runtime.getRuntime().maxMemory());
        System.out.println(InetAddress.getLocalHost());
        var properties = new TreeMap<Object, Object>(System.getProperties());
        properties.forEach((name, value) -> System.out.println(name + "=" + value));
        System.out.println(new TreeMap<>(System.getenv()));
        System.out.println(Arrays.toString(Arrays.copyOf(new File("/build/names").list(), 5)));
        var root = new File("/build");
        System.out.println(root.getTotalSpace() + " " + root.getFreeSpace() + " " + root.getUsableSpace());
    }
}
