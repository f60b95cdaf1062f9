import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.master.HMaster;
import org.apache.hadoop.hbase.thrift.ThriftServer;
import org.apache.hadoop.hbase.util.JVMClusterUtil.MasterThread;
import org.apache.hadoop.hbase.util.JVMClusterUtil.RegionServerThread;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * All of HBase in one JVM: ZooKeeper, master, region server and the Thrift gateway.
 *
 * <p>The Thrift port opens last, when the master answers: whoever can connect to it can create tables.
 */
public final class HBaseNode {
  private static final int POLL_MILLIS = 100;

  private static final int WATCH_MILLIS = 1000;

  private static final int BEFORE_HBASES_OWN_HOOKS = 100;

  private HBaseNode() {}

  /** Takes no arguments: hbase-site.xml is on the class path. */
  public static void main(String[] args) {
    Thread gateway = new Thread(HBaseNode::serveThrift, "thrift-gateway");
    gateway.setDaemon(true);
    gateway.start();
    Thread watch = new Thread(HBaseNode::endWithItsServers, "watch");
    watch.setDaemon(true);
    watch.start();
    ShutdownHookManager.get().addShutdownHook(HBaseNode::stopCluster, BEFORE_HBASES_OWN_HOOKS);
    HMaster.main(new String[] {"start"});
  }

  /**
   * An orderly end: the master has the regions closed and the region server signed off, and then goes itself.
   *
   * <p>HBase's own hooks stop the servers in any order; when the master's comes first, ZooKeeper goes with it and the
   * region server tries for 20 seconds to sign off there.
   */
  private static void stopCluster() {
    try {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread instanceof MasterThread) {
          ((MasterThread) thread).getMaster().shutdown();
          thread.join();
        }
      }
    } catch (IOException | InterruptedException e) {
      e.printStackTrace();
    }
  }

  /**
   * A server that has aborted, such as one that was frozen and has lost its ZooKeeper session, serves nothing any more,
   * but the other one may try for twenty minutes to tell it so. Who supervises this process can start it at once.
   */
  private static void endWithItsServers() {
    Set<Thread> servers = new HashSet<>();
    try {
      while (true) {
        Thread.sleep(WATCH_MILLIS);
        // one that has aborted ends within moments, and is not among these any more
        servers.addAll(Thread.getAllStackTraces().keySet());
        servers.removeIf(thread -> !(thread instanceof MasterThread || thread instanceof RegionServerThread));
        if (servers.stream().anyMatch(HBaseNode::hasAborted)) {
          System.err.println("a server has aborted");
          Runtime.getRuntime().halt(4);
        }
      }
    } catch (InterruptedException e) {
      e.printStackTrace();
    }
  }

  private static boolean hasAborted(Thread server) {
    return server instanceof MasterThread
        ? ((MasterThread) server).getMaster().isAborted()
        : ((RegionServerThread) server).getRegionServer().isAborted();
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

  /** Asks anew ten times a second; the client's own retries would wait longer and longer. */
  private static void awaitMaster(Configuration conf) throws IOException, InterruptedException {
    Configuration impatient = new Configuration(conf);
    impatient.setInt("hbase.client.retries.number", 0);
    try (Connection connection = ConnectionFactory.createConnection(impatient); Admin admin = connection.getAdmin()) {
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
