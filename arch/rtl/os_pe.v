// A PE of the output-stationary array: passes A to the right and B down, multiplies LANES pairs, adds their sum; a finished
// sum moves to the drain register, from which `shift` moves it down the column.
//   MODE 0: int4 x int4. MODE 1: int4 (a) x fp4 (b).
module os_pe #(
    parameter LANES = 1,
    parameter W = 24,
    parameter MODE = 1
) (
    input  wire                      clk,
    input  wire                      a_valid,
    input  wire                      a_first,
    input  wire                      a_last,
    input  wire        [4*LANES-1:0] a,
    input  wire                      b_valid,
    input  wire        [4*LANES-1:0] b,
    output reg                       a_valid_out,
    output reg                       a_first_out,
    output reg                       a_last_out,
    output reg         [4*LANES-1:0] a_out,
    output reg                       b_valid_out,
    output reg         [4*LANES-1:0] b_out,
    input  wire                      shift,
    input  wire signed [      W-1:0] drain_in,
    output reg signed  [      W-1:0] drain
);
  wire signed [11*LANES-1:0] products;
  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : g_lane
      if (MODE == 0) begin : g_int4
        wire [7:0] product;
        int4_mul mul (.a(a[4*l+:4]), .b(b[4*l+:4]), .product(product));
        assign products[11*l+:11] = {{3{product[7]}}, product};
      end else begin : g_shift
        shift_mul mul (.a(a[4*l+:4]), .g(b[4*l+:4]), .product(products[11*l+:11]));
      end
    end
  endgenerate

  reg signed [W-1:0] sum, term, next;
  integer i;
  always @* begin
    term = {W{1'b0}};
    for (i = 0; i < LANES; i = i + 1) term = term + {{(W - 11) {products[11*i+10]}}, products[11*i+:11]};
    next = (a_first ? {W{1'b0}} : sum) + term;
  end

  always @(posedge clk) begin
    a_valid_out <= a_valid;
    a_first_out <= a_first;
    a_last_out <= a_last;
    a_out <= a;
    b_valid_out <= b_valid;
    b_out <= b;
    if (a_valid && b_valid) sum <= next;
    if (a_valid && b_valid && a_last) drain <= next;
    else if (shift) drain <= drain_in;
  end
endmodule
