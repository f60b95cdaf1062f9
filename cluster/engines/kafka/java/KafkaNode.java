import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;

/**
 * A Kafka broker that formats its own storage the first time.
 *
 * <p>{@code kafka-storage format} is a program of its own and takes as long to start as the broker. Called in the same JVM
 * it costs next to nothing.
 */
public final class KafkaNode {
  private KafkaNode() {}

  /** Argument: the path of server.properties. */
  public static void main(String[] args) throws Exception {
    String properties = args[0];
    Path data = Path.of(Utils.loadProps(properties).getProperty("log.dirs"));
    if (!Files.exists(data.resolve("meta.properties"))) {
      format(properties);
    }
    kafka.Kafka.main(new String[] {properties});
  }

  private static void format(String properties) throws Exception {
    String clusterId = Uuid.randomUuid().toString();
    List<String> command = List.of("format", "--standalone", "--cluster-id", clusterId, "--config", properties);
    int status = kafka.tools.StorageTool.execute(command.toArray(new String[0]), new PrintStream(System.out, true));
    if (status != 0) {
      System.exit(status);
    }
  }
}
