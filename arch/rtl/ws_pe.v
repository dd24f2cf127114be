// A PE of the weight-stationary array: keeps LANES stationary codes, multiplies what passes from the left, adds the sum that
// comes from above. Stationary words move down the column, `hops` PEs to go; the next values wait until the first word of a
// fold takes them over.
//   MODE 0: int4 x int4. MODE 1: int4 (x) x fp4 (w). MODE 2: fp4 (x) x int4 (w).
module ws_pe #(
    parameter LANES = 1,
    parameter W = 24,
    parameter MODE = 1,
    parameter TAG = 1
) (
    input  wire                      clk,
    input  wire                      x_valid,
    input  wire                      x_first,
    input  wire        [    TAG-1:0] x_tag,
    input  wire        [4*LANES-1:0] x,
    output reg                       x_valid_out,
    output reg                       x_first_out,
    output reg         [    TAG-1:0] x_tag_out,
    output reg         [4*LANES-1:0] x_out,
    input  wire                      w_valid,
    input  wire        [        7:0] w_hops,
    input  wire        [4*LANES-1:0] w,
    output reg                       w_valid_out,
    output reg         [        7:0] w_hops_out,
    output wire        [4*LANES-1:0] w_out,
    input  wire signed [      W-1:0] sum_in,
    output wire signed [      W-1:0] sum,
    output reg signed  [      W-1:0] sum_out
);
  reg [4*LANES-1:0] next, current;
  assign w_out = next;
  wire [4*LANES-1:0] used = x_first ? next : current;

  wire signed [11*LANES-1:0] products;
  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : g_lane
      if (MODE == 0) begin : g_int4
        wire [7:0] product;
        int4_mul mul (.a(x[4*l+:4]), .b(used[4*l+:4]), .product(product));
        assign products[11*l+:11] = {{3{product[7]}}, product};
      end else if (MODE == 1) begin : g_fp4_stationary
        shift_mul mul (.a(x[4*l+:4]), .g(used[4*l+:4]), .product(products[11*l+:11]));
      end else begin : g_fp4_moving
        shift_mul mul (.a(used[4*l+:4]), .g(x[4*l+:4]), .product(products[11*l+:11]));
      end
    end
  endgenerate

  reg signed [W-1:0] term;
  integer i;
  always @* begin
    term = {W{1'b0}};
    for (i = 0; i < LANES; i = i + 1) term = term + {{(W - 11) {products[11*i+10]}}, products[11*i+:11]};
  end
  assign sum = sum_in + term;

  always @(posedge clk) begin
    x_valid_out <= x_valid;
    x_first_out <= x_first;
    x_tag_out <= x_tag;
    x_out <= x;
    if (x_valid && x_first) current <= next;
    if (w_valid) next <= w;
    w_valid_out <= w_valid && w_hops != 8'd0;
    w_hops_out <= w_hops - 8'd1;
    sum_out <= sum;
  end
endmodule
