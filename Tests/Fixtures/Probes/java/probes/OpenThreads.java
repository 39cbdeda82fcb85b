import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** Open: which of several threads comes first. */
public class OpenThreads {
    public static void main(String[] arguments) {
        var order = new ConcurrentLinkedQueue<Integer>();
        IntStream.range(0, 400).parallel().forEach(order::add);
        System.out.println(order);
    }
}
