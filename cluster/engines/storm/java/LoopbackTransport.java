import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import org.apache.storm.security.auth.ReqContext;
import org.apache.storm.security.auth.SimpleTransportPlugin;
import org.apache.storm.security.auth.ThriftConnectionType;
import org.apache.storm.thrift.TProcessor;
import org.apache.storm.thrift.protocol.TBinaryProtocol;
import org.apache.storm.thrift.server.THsHaServer;
import org.apache.storm.thrift.server.TServer;
import org.apache.storm.thrift.transport.TNonblockingServerSocket;
import org.apache.storm.thrift.transport.TTransportException;

/**
 * Storm's plain Thrift transport, listening on 127.0.0.1 only.
 *
 * <p>Storm's own listens on every address, and whoever reaches Nimbus runs programs on this machine.
 */
public final class LoopbackTransport extends SimpleTransportPlugin {
  private ThriftConnectionType type;
  private Map<String, Object> conf;

  @Override
  public void prepare(ThriftConnectionType type, Map<String, Object> conf) {
    super.prepare(type, conf);
    this.type = type;
    this.conf = conf;
  }

  @Override
  public TServer getServer(TProcessor processor) throws TTransportException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), getPort());
    long maxBytes = type.getMaxBufferSize(conf);
    THsHaServer.Args args = new THsHaServer.Args(new TNonblockingServerSocket(address));
    args.processor(fromHere(processor));
    args.protocolFactory(new TBinaryProtocol.Factory(false, true, maxBytes, -1));
    args.maxWorkerThreads(type.getNumThreads(conf));
    args.maxReadBufferBytes = maxBytes;
    return new THsHaServer(args);
  }

  @Override
  public int getPort() {
    return type.getPort(conf);
  }

  /** Calls come from this machine, by nobody in particular. */
  private static TProcessor fromHere(TProcessor processor) {
    return (in, out) -> {
      ReqContext.context().setRemoteAddress(InetAddress.getLoopbackAddress());
      ReqContext.context().setSubject(null);
      processor.process(in, out);
    };
  }
}
