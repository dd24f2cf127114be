// Philox4x32-10: result of one counter and key, one round a clock. Words are packed with word 0 lowest.
// A block starts in a clock with in_valid and in_ready, is there (out_valid) 10 clocks later and stays until a clock
// with out_ready. in_ready follows out_ready combinationally, so that blocks can follow each other every 10 clocks.
// reset: synchronous, drops what is under way.
//   counter = 0, key = 0: result = 128'h9B00DBD8_BC57AC4C_E169C58D_6627E8D5.
module philox (
    input  wire         clk,
    input  wire         reset,
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [127:0] counter,
    input  wire [ 63:0] key,
    output wire         out_valid,
    input  wire         out_ready,
    output reg  [127:0] result
);
  reg [ 3:0] rounds;  // done; 0: empty, 10: result holds the block
  reg [63:0] next_key;

  assign out_valid = rounds == 4'd10;
  assign in_ready  = rounds == 4'd0 || (out_valid && out_ready);
  wire start = in_valid && in_ready;

  // The first round is computed in the clock that takes the inputs.
  wire [127:0] c = start ? counter : result;
  wire [63:0] k = start ? key : next_key;
  wire [63:0] p0 = {32'd0, c[31:0]} * 64'hD2511F53;
  wire [63:0] p1 = {32'd0, c[95:64]} * 64'hCD9E8D57;

  always @(posedge clk) begin
    if (start || !(rounds == 4'd0 || out_valid)) begin
      result   <= {p0[31:0], p0[63:32] ^ c[127:96] ^ k[63:32], p1[31:0], p1[63:32] ^ c[63:32] ^ k[31:0]};
      next_key <= {k[63:32] + 32'hBB67AE85, k[31:0] + 32'h9E3779B9};
    end
    if (reset) rounds <= 4'd0;
    else if (start) rounds <= 4'd1;
    else if (out_valid) rounds <= out_ready ? 4'd0 : 4'd10;
    else if (rounds != 4'd0) rounds <= rounds + 4'd1;
  end
endmodule
