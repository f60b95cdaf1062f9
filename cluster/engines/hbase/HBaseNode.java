import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.master.HMaster;
import org.apache.hadoop.hbase.thrift.ThriftServer;

/**
 * All of HBase in one JVM: ZooKeeper, master, region server and the Thrift gateway.
 *
 * <p>The Thrift port opens last, when the master answers: whoever can connect to it can create tables.
 */
public final class HBaseNode {
  private static final int POLL_MILLIS = 100;

  private HBaseNode() {}

  /** Takes no arguments: hbase-site.xml is on the class path. */
  public static void main(String[] args) {
    Thread gateway = new Thread(HBaseNode::serveThrift, "thrift-gateway");
    gateway.setDaemon(true);
    gateway.start();
    HMaster.main(new String[] {"start"});
  }

  private static void serveThrift() {
    try {
      Configuration conf = HBaseConfiguration.create();
      awaitRegionServer(conf);
      awaitMaster(conf);
      String[] options = {"-threadpool", "-b", conf.get("hbase.regionserver.thrift.ipaddress")};
      new ThriftServer(conf).run(options);
    } catch (Throwable e) {
      e.printStackTrace();
      System.exit(3);
    }
  }

  /** A client that asks before the region server listens gives up for seconds. */
  private static void awaitRegionServer(Configuration conf) throws InterruptedException {
    InetSocketAddress address =
        new InetSocketAddress(
            conf.get("hbase.regionserver.ipc.address"), conf.getInt("hbase.regionserver.port", 16020));
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(address, POLL_MILLIS);
        return;
      } catch (IOException e) {
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  private static void awaitMaster(Configuration conf) throws IOException, InterruptedException {
    try (Connection connection = ConnectionFactory.createConnection(conf); Admin admin = connection.getAdmin()) {
      while (true) {
        try {
          admin.listNamespaces();
          return;
        } catch (IOException e) {
          Thread.sleep(POLL_MILLIS);
        }
      }
    }
  }
}
