import org.apache.kafka.tools.ConsumerPerformance;

/** Kafka's own measure of a consumer. */
public final class Consume {
  private static int pass;

  private Consume() {}

  /** Arguments: brokers, topic, number of records. */
  public static void main(String[] args) throws Exception {
    Measured.twice(
        () ->
            ConsumerPerformance.main(
                new String[] {
                  "--bootstrap-server", args[0], "--topic", args[1], "--num-records", args[2],
                  "--group", args[1] + "-floor-" + pass++, "--hide-header",
                }));
  }
}
