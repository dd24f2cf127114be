// The scale of an NVFP4 block whose largest |x| is `maximum` (bf16 without sign, finite): the e4m3 code, without its
// sign, of RN(RN(maximum / 6) / tensor_scale), to nearest even, at most 448. Combinational.
// tensor_scale: binary32, 2^-112 to 2^127, or 0, which gives code 0. A maximum so small that maximum / 6 is subnormal
// gives 0 as well, as it does in binary32 for every such tensor_scale.
// Exact with five bits of a division: RN puts the quotient on those five bits, or on the next number of five bits, when
// it is within 2^-24 of it, and otherwise between them, where more of its bits do not matter.
//   maximum = 15'h40C0 (6), tensor_scale = 32'h3F800000 (1): scale = 7'h38 (1).   maximum = 15'h40D8 (6.75): ratio
//   1.125: scale = 7'h39.   maximum = 15'h4600 (8192): scale = 7'h7E (448).   maximum = 15'h3BC0 (6 / 1024): 7'h00.
module nv_scale (
    input  wire [14:0] maximum,
    input  wire [31:0] tensor_scale,
    output wire [ 6:0] scale
);
  // maximum / 6 = third 2^(field - 135): an integer and a pattern of bits that repeats, rounded to 24 bits.
  wire [7:0] m = {1'b1, maximum[6:0]};
  wire [7:0] whole = m / 8'd3;
  wire [7:0] left = m - whole * 8'd3;
  wire one = left[1:0] == 2'd1;
  wire two = left[1:0] == 2'd2;
  wire long_whole = whole[6];
  wire [23:0] n = long_whole ? {whole[6:0], {8{two, one}}, two || one} : {whole[5:0], {8{two, one}}, two, one || two};

  wire [23:0] d = {1'b1, tensor_scale[22:0]};
  wire below_1 = n < d;
  wire signed [9:0] exponent = $signed({2'b00, maximum[14:7]} - {2'b00, tensor_scale[30:23]} - 10'd3 +
      {9'd0, long_whole} - {9'd0, below_1});

  reg [24:0] remainder, doubled;
  reg [4:0] quotient;
  integer i;
  always @* begin
    remainder = (below_1 ? {n, 1'b0} : {1'b0, n}) - {1'b0, d};
    quotient = 5'd1;
    doubled = 25'd0;
    for (i = 0; i < 4; i = i + 1) begin
      doubled = {remainder[23:0], 1'b0};
      quotient = {quotient[3:0], doubled >= {1'b0, d}};
      remainder = quotient[0] ? doubled - {1'b0, d} : doubled;
    end
  end
  // Within 2^-24 of the quotient's leading bit, which is 2^20 of its last.
  wire at = remainder <= {21'd0, d[23:20]};
  wire at_next = {1'b0, d} - remainder <= {21'd0, d[23:20]};
  wire [5:0] nearest = {1'b0, quotient} + {5'd0, at_next};

  wire [6:0] code;
  round_magnitude #(
      .EXP (4),
      .MAN (3),
      .BIAS(7),
      .MAX (126)
  ) round (
      .significand({nearest[5] | nearest[4], nearest[3:0], !(at || at_next), 18'd0}),
      .exponent(exponent + {9'd0, nearest[5]}),
      .code(code)
  );
  assign scale = maximum[14:7] == 8'd0 || tensor_scale[30:23] == 8'd0 ? 7'd0 : code;
  wire unused = &{1'b0, tensor_scale[31], left[7:2], whole[7]};
endmodule
